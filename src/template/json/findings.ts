import type { Diagnostic } from "../../core/diagnostics.js";
import type { Range } from "../../core/source.js";
import type { OptionNode } from "../../options/node.js";

/** Collects what is wrong with a template; all of it is told. */
export interface Complaints {
  readonly diagnostics: Diagnostic[];
  error(code: string, summary: string, range: Range | undefined, more?: More): void;
  warning(code: string, summary: string, range: Range | undefined, more?: More): void;
}

type More = Pick<Diagnostic, "hint" | "detail" | "related">;

/** An empty collection. */
export function complaints(): Complaints {
  const diagnostics: Diagnostic[] = [];
  const add =
    (severity: Diagnostic["severity"]) => (code: string, summary: string, range: Range | undefined, more?: More) => {
      diagnostics.push({ severity, code, summary, range, ...more });
    };
  return { diagnostics, error: add("error"), warning: add("warning") };
}

/** `a number`, `an object`: what a node is, for messages. */
export function described(node: OptionNode): string {
  if (node.kind === "null") return "null";
  return `${/^[aeiou]/.test(node.kind) ? "an" : "a"} ${node.kind === "bool" ? "boolean" : node.kind}`;
}
