import type { DecodeContext } from "../../src/options/context.js";
import type { OptionNode } from "../../src/options/node.js";
import { parseDocument } from "../../src/template/json/document.js";
import { newFindings } from "../../src/template/json/findings.js";

/** Parses options from JSON as a JSON template's options; `{"?": 0}` is an unknown value. */
export function node(json: string): OptionNode {
  const findings = newFindings();
  const parsed = parseDocument("o.json", json, findings);
  if (!parsed) throw new Error(findings.diagnostics[0]?.summary);
  return withUnknowns(parsed);
}

function withUnknowns(given: OptionNode): OptionNode {
  if (given.kind === "list") return { ...given, items: given.items.map(withUnknowns) };
  if (given.kind !== "object") return given;
  if (given.entries[0]?.key === "?") return { kind: "unknown", range: given.range };
  return { ...given, entries: given.entries.map((entry) => ({ ...entry, value: withUnknowns(entry.value) })) };
}

/** Returns a context that renders `{{x}}` as X and `{{later}}` as a placeholder, and refuses `{{bad}}`. */
export function context(language: "json" | "hcl2" = "json"): DecodeContext {
  const render = (text: string) => text.replaceAll("{{x}}", "X").replaceAll("{{later}}", "<unknown>");
  const refused = { severity: "error", code: "unknown-function", summary: "no such function" } as const;
  return {
    language,
    render: ({ value, range }) =>
      value.includes("{{bad}}")
        ? { ok: false, diagnostics: [{ ...refused, range }] }
        : { ok: true, value: render(value) },
    compile: ({ value, range }) =>
      value.includes("{{bad}}")
        ? { ok: false, diagnostics: [{ ...refused, range }] }
        : {
            ok: true,
            value: { source: value, render: (fields) => render(value).replaceAll("{{.F}}", String(fields.F)) },
          },
  };
}
