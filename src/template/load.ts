import type { LookupRequest, LookupResult, Lookups } from "./lookups.js";
import type { LoadedTemplate, TemplateInputs } from "./template.js";

/** Rounds of lookups: a data source may need the result of another one. */
const MAX_ROUNDS = 50;

type LoadLanguage = (inputs: TemplateInputs, lookups: Lookups) => LoadedTemplate;

/**
 * Resolves a lookup. `secrets` are those of the template so far, to be masked before anything about the lookup is printed. Never rejects: a
 * failed lookup is a result.
 */
export type ResolveLookup = (request: LookupRequest, secrets: readonly string[]) => Promise<LookupResult>;

/** A loaded template, and a function that evaluates it again. */
export interface ReadTemplate extends LoadedTemplate {
  readonly reevaluate: Reevaluate;
}

/**
 * Evaluates a template again with other clocks and random values. No file is read again, and only new requests are sent.
 */
export type Reevaluate = (changed: Partial<Lookups>) => Promise<LoadedTemplate>;

/**
 * Loads a template of either language (Packer §1.1), and evaluates it again while lookups are pending. Results of `resolve`
 * take precedence over `lookups.lookUp`.
 */
export async function loadTemplate(
  inputs: TemplateInputs,
  lookups: Lookups,
  resolve: ResolveLookup,
): Promise<ReadTemplate> {
  const load = await importLoader(inputs, lookups);
  const files = cacheReads(lookups);
  const results = new Map<string, LookupResult>();
  const lookUp: Lookups["lookUp"] = (request) => results.get(JSON.stringify(request)) ?? lookups.lookUp(request);
  const requests = new Map<string, Promise<LookupResult>>();
  const resolveOnce = async (request: LookupRequest, secrets: readonly string[]) => {
    const key = JSON.stringify(request);
    const result = requests.get(key) ?? resolve(request, secrets);
    requests.set(key, result);
    results.set(key, await result);
  };
  const reevaluate: Reevaluate = async (changed) => {
    const outside = { ...files, ...changed, lookUp };
    let loaded = load(inputs, outside);
    for (let round = 0; loaded.pending.length > 0 && round < MAX_ROUNDS; round++) {
      const { pending, secrets } = loaded;
      await Promise.all(pending.map((request) => resolveOnce(request, secrets)));
      loaded = load(inputs, outside);
    }
    return loaded;
  };
  return { ...(await reevaluate({})), reevaluate };
}

/** Caches what is read from each path, errors too: all evaluations see the same files. */
function cacheReads(lookups: Lookups): Lookups {
  return {
    ...lookups,
    readFile: cached(lookups.readFile),
    pathKind: cached(lookups.pathKind),
    readDirectory: cached(lookups.readDirectory),
  };
}

function cached<T>(read: (path: string) => T): (path: string) => T {
  const outcomes = new Map<string, () => T>();
  return (path) => {
    const outcome = outcomes.get(path) ?? outcomeOf(() => read(path));
    outcomes.set(path, outcome);
    return outcome();
  };
}

function outcomeOf<T>(read: () => T): () => T {
  try {
    const value = read();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** Imports the loader of the template's language: the other one is not loaded. */
async function importLoader(inputs: TemplateInputs, lookups: Lookups): Promise<LoadLanguage> {
  return languageOf(inputs, lookups) === "json"
    ? (await import("./json/load.js")).loadJsonTemplate
    : (await import("./hcl/load.js")).loadHclTemplate;
}

/** Returns the language of a template (Packer §1.1): by its name, unless `-config-type` sets it. */
export function languageOf(inputs: TemplateInputs, lookups: Pick<Lookups, "pathKind">): "json" | "hcl2" {
  if (inputs.configType) return inputs.configType;
  if (inputs.path === "-") return "json";
  if (/\.pkr\.(hcl|json)$/.test(inputs.path)) return "hcl2";
  return lookups.pathKind(inputs.path) === "directory" ? "hcl2" : "json";
}
