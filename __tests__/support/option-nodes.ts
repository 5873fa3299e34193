import type { DecodeContext } from "../../src/options/context.js";
import type { OptionNode } from "../../src/options/node.js";
import { parseDocument } from "../../src/template/json/document.js";
import { newFindings } from "../../src/template/json/findings.js";

/** Options written as JSON, as the JSON front end reads them; `{"?": 0}` is a value that is not known. */
export function node(json: string): OptionNode {
  const told = newFindings();
  const parsed = parseDocument("o.json", json, told);
  if (!parsed) throw new Error(told.diagnostics[0]?.summary);
  return withUnknowns(parsed);
}

function withUnknowns(given: OptionNode): OptionNode {
  if (given.kind === "list") return { ...given, items: given.items.map(withUnknowns) };
  if (given.kind !== "object") return given;
  if (given.entries[0]?.key === "?") return { kind: "unknown", range: given.range };
  return { ...given, entries: given.entries.map((entry) => ({ ...entry, value: withUnknowns(entry.value) })) };
}

/** Renders `{{x}}` as X and `{{later}}` as a placeholder; refuses `{{bad}}`. */
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
