import { type Parsed, parseVariable, splitList } from "../core/request-values.js";
import type { BakeRequest } from "../engine/request.js";
import type { FlagSpec, ParsedFlags } from "./flags.js";

/** Flags of every command that reads a template (Packer §7). */
export const TEMPLATE_FLAGS: readonly FlagSpec[] = [
  {
    name: "var",
    kind: "texts",
    value: "'KEY=VALUE'",
    doc: "Value of a variable; of several for one key the last wins.",
  },
  { name: "var-file", kind: "texts", value: "FILE", doc: "JSON or HCL2 file with values of variables." },
  { name: "only", kind: "texts", value: "A,B", doc: "Take only these builds (HCL2: globs)." },
  { name: "except", kind: "texts", value: "A,B", doc: "Leave out these builds and post-processors (HCL2: globs)." },
  {
    name: "config-type",
    kind: "text",
    value: "json|hcl2",
    doc: "Language of the template where its name does not tell.",
  },
];

/** Flags of Packer that mean nothing here: they are taken, so that scripts keep working. */
export const ACCEPTED_FLAGS: readonly FlagSpec[] = [
  { name: "ignore-prerelease-plugins", kind: "boolean", doc: "Accepted; there are no plugins." },
  { name: "use-sequential-evaluation", kind: "boolean", doc: "Accepted; evaluation does not depend on it." },
];

/** Gathers the complaints about flags. */
export interface FlagProblems {
  readonly all: string[];
  /** The value, or undefined after noting what is wrong. */
  take<T>(flag: string, parsed: Parsed<T>): T | undefined;
}

/** Starts with none. */
export function flagProblems(): FlagProblems {
  const all: string[] = [];
  return {
    all,
    take(flag, parsed) {
      if ("value" in parsed) return parsed.value;
      all.push(`-${flag} ${parsed.complaint}${parsed.hint ? `. ${parsed.hint}` : ""}`);
      return undefined;
    },
  };
}

/** The template's part of a request. */
export function templateRequest(flags: ParsedFlags, problems: FlagProblems): BakeRequest["template"] {
  const type = flags.text("config-type");
  const configType = type === "json" || type === "hcl2" ? type : undefined;
  if (type !== undefined && !configType) problems.all.push(`-config-type must be "json" or "hcl2", not "${type}"`);
  return {
    path: flags.positional[0] ?? "",
    variables: flags.texts("var").flatMap((text) => problems.take("var", parseVariable(text)) ?? []),
    variableFiles: flags.texts("var-file"),
    only: flags.texts("only").flatMap(splitList),
    except: flags.texts("except").flatMap(splitList),
    configType,
  };
}
