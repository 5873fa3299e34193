import type { OptionNode } from "../../../options/node.js";
import type { JsonTemplate } from "../../json/grammar.js";
import { printString } from "../syntax/print.js";
import { isIdentifier } from "../syntax/tokens.js";
import { isWideText, type TextNames } from "./compile.js";
import { environmentIn, expressionsIn, upgradeText, usesIn } from "./text.js";

/** The variables of a template in HCL2, and how its parts refer to them. */
export interface UpgradedVariables {
  readonly names: TextNames;
  readonly lines: readonly string[];
  /** Variables with a default that HCL2 can neither compute nor render where they are used. */
  readonly unrendered: readonly string[];
}

/** The defaults of variables by name. */
type Defaults = ReadonlyMap<string, string>;

/**
 * Returns `variables` as `variable` blocks. A default that calls more than `env` becomes a local value, because the default of an HCL2
 * variable must be constant (Packer §2.2, §2.4). Its variable stays, with the default null, so that `-var` sets it as before.
 */
export function upgradeVariables(template: JsonTemplate): UpgradedVariables {
  const defaults: Defaults = new Map(
    template.variables.flatMap(({ name, default: given }) => (given ? [[name, given.value] as const] : [])),
  );
  const options = optionTexts(template);
  const texts = [...defaults.values(), ...options];
  const declared = template.variables.map(({ name }) => name);
  const undeclared = [...new Set(texts.flatMap(usesIn).map(({ name }) => name))].filter(
    (name) => !declared.includes(name),
  );
  const computed = computedVariables(texts, defaults);
  const locals = new Set(declared.filter((name) => isComputed(defaults.get(name) ?? "", computed.has(name))));
  // Only the default of a variable can read the environment.
  const inLocals = [...locals].map((name) => defaults.get(name) ?? "");
  const hoisted = [...new Set([...options, ...inLocals].flatMap(environmentIn))];
  const identifiers = distinctNames([...declared, ...undeclared, ...hoisted.map(environmentKey)]);
  const idOf = (name: string) => identifiers.get(name) ?? name;
  const names: TextNames = {
    compiles: "references",
    compilesTimestamp: true,
    environment: (variable) => `var.${idOf(environmentKey(variable))}`,
    isWide: (name) => isWide(name, defaults, new Set()),
    reference: (name) => `${locals.has(name) ? "local" : "var"}.${idOf(name)}`,
  };
  const convert = (name: string, given: string) =>
    upgradeText(given, {
      ...names,
      compiles: "values",
      compilesTimestamp: computed.has(name),
      environment: locals.has(name) ? names.environment : (variable) => `env(${printString(variable)})`,
    });
  const sensitive = new Set(template.sensitive.map(({ value }) => value));
  const write = (name: string, given: string | undefined): readonly string[] => {
    const own = { id: idOf(name), value: given === undefined ? undefined : convert(name, given) };
    return variableLines(own, locals.has(name), sensitive.has(name));
  };
  return {
    names,
    lines: [
      ...hoisted.flatMap((variable) =>
        variableLines({ id: idOf(environmentKey(variable)), value: `env(${printString(variable)})` }, false, false),
      ),
      ...template.variables.flatMap(({ name, default: given }) => write(name, given?.value)),
      // Undeclared variables are empty in JSON templates.
      ...undeclared.flatMap((name) => write(name, "")),
    ],
    unrendered: declared.filter((name) => computed.has(name) && convert(name, defaults.get(name) ?? "").includes("{{")),
  };
}

/** Returns the block of a variable; with `isLocal`, also the local value that is used in its place. */
function variableLines(
  { id, value }: { readonly id: string; readonly value: string | undefined },
  isLocal: boolean,
  isSensitive: boolean,
): readonly string[] {
  const secret = isSensitive ? ["sensitive = true"] : [];
  const given = isLocal ? "null" : value;
  return [
    `variable "${id}" {`,
    "type = string",
    ...(given === undefined ? [] : [`default = ${given}`]),
    ...[...secret, "}", ""],
    ...(isLocal
      ? [`local "${id}" {`, `expression = var.${id} != null ? var.${id} : ${value}`, ...secret, "}", ""]
      : []),
  ];
}

/** Returns the variables whose value goes into an expression, where no `{{ }}` of their defaults is rendered. */
function computedVariables(texts: readonly string[], defaults: Defaults): ReadonlySet<string> {
  const computed = new Set<string>();
  const add = (name: string) => {
    if (computed.has(name)) return;
    computed.add(name);
    for (const use of usesIn(defaults.get(name) ?? "")) add(use.name);
  };
  for (const use of texts.flatMap(usesIn)) if (!use.plain) add(use.name);
  return computed;
}

/** Returns true for a default that HCL2 computes as a local value: one that calls more than `env`. */
function isComputed(text: string, compilesTimestamp: boolean): boolean {
  const probe: TextNames = {
    compiles: "values",
    compilesTimestamp,
    environment: () => "env",
    isWide: () => false,
    reference: (name) => name,
  };
  return expressionsIn(text, probe).some((expression) => expression !== "env");
}

/** Returns true when the default of a variable, or of one that it refers to, has characters outside ASCII. */
function isWide(name: string, defaults: Defaults, seen: Set<string>): boolean {
  if (seen.has(name)) return false;
  seen.add(name);
  const text = defaults.get(name) ?? "";
  return isWideText(text) || usesIn(text).some((use) => isWide(use.name, defaults, seen));
}

/** Returns the key of the identifier of an environment variable, which no variable of the template has as its name. */
function environmentKey(variable: string): string {
  return `env:${variable}`;
}

/** Returns all strings of the parts of the template. */
function optionTexts(template: JsonTemplate): readonly string[] {
  const sections = [
    ...template.builders,
    ...template.provisioners,
    ...(template.errorCleanup ? [template.errorCleanup] : []),
    ...template.postProcessors.flat(),
  ];
  const overrides = template.provisioners.flatMap(({ override }) => override.map(({ value }) => value));
  return [...sections.map(({ options }) => options), ...overrides].flatMap(textsOf);
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
