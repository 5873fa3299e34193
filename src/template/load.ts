import type { LookupAnswer, LookupRequest, Lookups } from "./lookups.js";
import type { LoadedTemplate, TemplateInputs } from "./template.js";

/** Rounds of lookups: a data source may need what another one answered. */
const MAX_ROUNDS = 50;

type LoadLanguage = (inputs: TemplateInputs, lookups: Lookups) => LoadedTemplate;

/** Answers what a template asks of the outside; never rejects for what the outside says. */
export type AnswerLookup = (request: LookupRequest) => Promise<LookupAnswer>;

/**
 * Loads a template of either language (Packer §1.1), and evaluates it again while lookups are pending; `lookups.ask` itself
 * is only asked for what `answer` has not answered yet.
 */
export async function loadTemplate(
  inputs: TemplateInputs,
  lookups: Lookups,
  answer: AnswerLookup,
): Promise<LoadedTemplate> {
  const load = await loader(inputs, lookups);
  const answers = new Map<string, LookupAnswer>();
  const ask: Lookups["ask"] = (request) => answers.get(JSON.stringify(request)) ?? lookups.ask(request);
  let loaded = load(inputs, { ...lookups, ask });
  for (let round = 0; loaded.pending.length > 0 && round < MAX_ROUNDS; round++) {
    const requests = loaded.pending;
    const found = await Promise.all(requests.map(answer));
    requests.forEach((request, index) => {
      answers.set(JSON.stringify(request), found[index] ?? { state: "failed", message: "no answer" });
    });
    loaded = load(inputs, { ...lookups, ask });
  }
  return loaded;
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
