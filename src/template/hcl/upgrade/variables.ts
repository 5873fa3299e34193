import type { OptionNode } from "../../../options/node.js";
import type { JsonTemplate } from "../../json/grammar.js";
import { isIdentifier } from "../syntax/tokens.js";
import { callsIn, type TextNames, upgradeText } from "./text.js";

/** Functions that the default of an HCL2 variable cannot call. Such a variable becomes a local value. */
const NOT_IN_DEFAULTS = new Set([
  "user",
  "consul_key",
  "vault",
  "aws_secretsmanager",
  "aws_secretsmanager_raw",
  "template_dir",
]);

interface UpgradedVariables {
  readonly names: TextNames;
  readonly lines: readonly string[];
  /** Variables that became local values. `-var` cannot set them. */
  readonly locals: readonly string[];
}

/** Returns `variables` as `variable` blocks, or as `locals` when a default calls more than `env` (Packer §2.2, §2.4). */
export function upgradeVariables(template: JsonTemplate): UpgradedVariables {
  const declared = template.variables.map(({ name }) => name);
  const used = templateTexts(template)
    .flatMap(callsIn)
    .filter(({ name }) => name === "user");
  const undeclared = used.flatMap(({ argument }) =>
    argument === undefined || declared.includes(argument) ? [] : [argument],
  );
  const identifiers = distinctNames([...declared, ...undeclared]);
  const isLocal = (text: string | undefined) =>
    text !== undefined && callsIn(text).some(({ name }) => NOT_IN_DEFAULTS.has(name));
  const locals = template.variables.flatMap(({ name, default: given }) => (isLocal(given?.value) ? [name] : []));
  const names: TextNames = {
    allowsExternal: false,
    reference: (name) => `${locals.includes(name) ? "local" : "var"}.${identifiers.get(name) ?? name}`,
  };
  const sensitive = new Set(template.sensitive.map(({ value }) => value));
  const write = (name: string, given: string | undefined) => {
    const value = given === undefined ? undefined : upgradeText(given, { ...names, allowsExternal: true });
    const identifier = identifiers.get(name) ?? name;
    const secret = sensitive.has(name) ? ["sensitive = true"] : [];
    if (locals.includes(name)) return [`local "${identifier}" {`, `expression = ${value}`, ...secret, "}", ""];
    return [
      `variable "${identifier}" {`,
      "type = string",
      ...(value === undefined ? [] : [`default = ${value}`]),
      ...secret,
      "}",
      "",
    ];
  };
  const lines = [
    ...template.variables.flatMap(({ name, default: given }) => write(name, given?.value)),
    // Undeclared variables are empty in JSON templates.
    ...[...new Set(undeclared)].flatMap((name) => write(name, "")),
  ];
  return { names, lines, locals };
}

/** Returns all strings of the parts and variables of the template. */
function templateTexts(template: JsonTemplate): readonly string[] {
  const sections = [
    ...template.builders,
    ...template.provisioners,
    ...(template.errorCleanup ? [template.errorCleanup] : []),
    ...template.postProcessors.flat(),
  ];
  const overrides = template.provisioners.flatMap(({ override }) => override.map(({ value }) => value));
  const defaults = template.variables.flatMap(({ default: given }) => given?.value ?? []);
  return [...defaults, ...[...sections.map(({ options }) => options), ...overrides].flatMap(textsOf)];
}

function textsOf(node: OptionNode): readonly string[] {
  if (node.kind === "string") return [node.value];
  if (node.kind === "list") return node.items.flatMap(textsOf);
  return node.kind === "object" ? node.entries.flatMap(({ key, value }) => [key, ...textsOf(value)]) : [];
}

/** Returns a unique HCL identifier for each string. Keeps letters, digits, `_` and `-`, replaces all else by `_`. */
export function distinctNames(texts: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const used = new Set<string>();
  for (const text of texts) {
    if (names.has(text)) continue;
    const plain = text.replace(/[^\p{ID_Continue}-]/gu, "_");
    const base = isIdentifier(plain) ? plain : `_${plain}`;
    let name = base;
    for (let n = 2; used.has(name); n++) name = `${base}_${n}`;
    used.add(name);
    names.set(text, name);
  }
  return names;
}
