import { type Diagnostic, suggest } from "../core/diagnostics.js";
import type { PartTemplate } from "../template/template.js";
import type { Catalog, RefusedKind } from "./kinds.js";

/** The kind of a part, or the complaint that there is none. */
export interface Found<Kind> {
  readonly kind: Kind | undefined;
  /** A type that is known and not built. */
  readonly refused: RefusedKind | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds the kind of a part by its type. Types that are known and not built are a warning; unknown ones an error. */
export function find<Kind>(
  part: RefusedKind["part"],
  kinds: ReadonlyMap<string, Kind>,
  { type, typeRange: range }: PartTemplate,
  catalog: Catalog,
): Found<Kind> {
  const kind = kinds.get(type);
  if (kind) return { kind, refused: undefined, diagnostics: [] };
  const what = part === "data-source" ? "data source" : part;
  const others = catalog.refused.filter((each) => each.part === part);
  const refused = others.find((each) => each.type === type);
  if (refused) {
    const summary = `${what} "${type}" is known but not supported; a build refuses it`;
    const warning: Diagnostic = { severity: "warning", code: "unsupported-kind", summary, hint: refused.reason, range };
    return { kind: undefined, refused, diagnostics: [warning] };
  }
  const near = suggest(type, [...kinds.keys(), ...others.map((each) => each.type)]);
  const hint = near ? `Did you mean "${near}"?` : `Supported are ${[...kinds.keys()].sort().join(", ")}.`;
  const error: Diagnostic = {
    severity: "error",
    code: `unknown-${part}`,
    summary: `unknown ${what} "${type}"`,
    hint,
    range,
  };
  return { kind: undefined, refused: undefined, diagnostics: [error] };
}
