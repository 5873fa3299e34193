import type { LookupAnswer, LookupRequest, Lookups } from "./lookups.js";
import type { LoadedTemplate, TemplateInputs } from "./template.js";

/** Rounds of lookups: a data source may need what another one answered. */
const MAX_ROUNDS = 50;

type LoadLanguage = (inputs: TemplateInputs, lookups: Lookups) => LoadedTemplate;

/** Answers what a template asks of the outside. Never rejects for a failed lookup: that is an answer. */
export type AnswerLookup = (request: LookupRequest) => Promise<LookupAnswer>;

/** A template that was read, and how to evaluate it again. */
export interface ReadTemplate extends LoadedTemplate {
  readonly evaluateAgain: EvaluateAgain;
}

/**
 * Evaluates a template again under other clocks and random values. No file is read again, and only what was not asked before
 * is asked.
 */
export type EvaluateAgain = (changed: Partial<Lookups>) => Promise<LoadedTemplate>;

/**
 * Loads a template of either language (Packer §1.1), and evaluates it again while lookups are pending; `lookups.ask` itself
 * is only asked for what `answer` has not answered yet.
 */
export async function loadTemplate(
  inputs: TemplateInputs,
  lookups: Lookups,
  answer: AnswerLookup,
): Promise<ReadTemplate> {
  const load = await loader(inputs, lookups);
  const files = readOnce(lookups);
  const answers = new Map<string, LookupAnswer>();
  const ask: Lookups["ask"] = (request) => answers.get(JSON.stringify(request)) ?? lookups.ask(request);
  const asked = new Map<string, Promise<LookupAnswer>>();
  const askOnce = async (request: LookupRequest) => {
    const key = JSON.stringify(request);
    const answered = asked.get(key) ?? answer(request);
    asked.set(key, answered);
    answers.set(key, await answered);
  };
  const evaluateAgain: EvaluateAgain = async (changed) => {
    const outside = { ...files, ...changed, ask };
    let loaded = load(inputs, outside);
    for (let round = 0; loaded.pending.length > 0 && round < MAX_ROUNDS; round++) {
      await Promise.all(loaded.pending.map(askOnce));
      loaded = load(inputs, outside);
    }
    return loaded;
  };
  return { ...(await evaluateAgain({})), evaluateAgain };
}

/** The lookups with what each path gave remembered, errors too: all evaluations see the same files. */
function readOnce(lookups: Lookups): Lookups {
  return {
    ...lookups,
    readFile: remembered(lookups.readFile),
    pathKind: remembered(lookups.pathKind),
    readFolder: remembered(lookups.readFolder),
  };
}

function remembered<T>(read: (path: string) => T): (path: string) => T {
  const outcomes = new Map<string, () => T>();
  return (path) => {
    const known = outcomes.get(path) ?? outcomeOf(() => read(path));
    outcomes.set(path, known);
    return known();
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

async function loader(inputs: TemplateInputs, lookups: Lookups): Promise<LoadLanguage> {
  return languageOf(inputs, lookups) === "json"
    ? (await import("./json/load.js")).loadJsonTemplate
    : (await import("./hcl/load.js")).loadHclTemplate;
}

/** Which language a template is in (Packer §1.1): by its name, unless `-config-type` says so. */
export function languageOf(inputs: TemplateInputs, lookups: Pick<Lookups, "pathKind">): "json" | "hcl2" {
  if (inputs.configType) return inputs.configType;
  if (inputs.path === "-") return "json";
  if (/\.pkr\.(hcl|json)$/.test(inputs.path)) return "hcl2";
  return lookups.pathKind(inputs.path) === "directory" ? "hcl2" : "json";
}
