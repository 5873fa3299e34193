import { complain, type Scope } from "./evaluate/scope.js";
import type { Attribute } from "./syntax/body.js";
import { textListAttribute } from "./text-attributes.js";

/** For which sources a provisioner or post-processor runs; entries are compared exactly with `TYPE.NAME` (Packer §2.3). */
export interface OnlyExcept {
  readonly only: readonly string[];
  readonly except: readonly string[];
}

export function readOnlyExcept(attributes: ReadonlyMap<string, Attribute>, scope: Scope): OnlyExcept {
  const only = textListAttribute(attributes.get("only"), scope) ?? [];
  const except = textListAttribute(attributes.get("except"), scope) ?? [];
  const second = attributes.get("except");
  if (only.length > 0 && except.length > 0 && second) {
    const summary = '"only" and "except" cannot be given together';
    complain(scope, { code: "only-and-except", summary, range: second.nameRange });
  }
  return { only, except };
}

/** Whether the part runs for a source, `TYPE.NAME`. */
export function runsFor({ only, except }: OnlyExcept, source: string): boolean {
  return only.length > 0 ? only.includes(source) : !except.includes(source);
}
