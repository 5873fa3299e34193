import { describe, expect, test } from "@jest/globals";
import { formatConfig } from "../../../../src/template/hcl/format.js";
import { content, justAttributes } from "../../../../src/template/hcl/syntax/content.js";
import { parseJsonConfig } from "../../../../src/template/hcl/syntax/json/bodies.js";
import { parseConfig, parseExpression, parseTemplate } from "../../../../src/template/hcl/syntax/parse.js";
import { fixtures, mutate, seeded } from "./mutate.js";

const RUNS = Number(process.env.BAKE_AMI_FUZZ ?? 5000);

const JSON_FIXTURE = `{
  "//": "a comment",
  "variable": { "a": { "type": "list(string)", "default": ["x", 1, -2.5e3, null, true] }, "b": [{ "default": "\\u00e9\\n" }] },
  "source": { "amazon-ebs": { "web": { "ami_name": "web-\${var.a[0]}", "tags": { "\${local.k}": "%{ if a }x%{ endif }" } } } },
  "build": [{ "sources": ["source.amazon-ebs.web"], "provisioner": [{ "shell": { "inline": ["a"] } }, { "file": [{}, {}] }] }]
}`;

const SCHEMA = {
  attributes: [{ name: "variables" }],
  blocks: [{ type: "variable", labels: ["name"] }, { type: "source", labels: ["type", "name"] }, { type: "build" }],
};

describe("broken input", () => {
  test(`${RUNS} mutants give trees and diagnostics with ranges, and no exception`, () => {
    const random = seeded(7);
    const texts = [...fixtures(), JSON_FIXTURE];
    for (let i = 0; i < RUNS; i++) {
      let text = texts[i % texts.length] ?? "";
      // Some texts get many changes.
      for (let rounds = i % 5 === 0 ? 8 : 1; rounds > 0; rounds--) text = mutate(text, random);
      const source = { file: "f", text };
      const native = parseConfig(source);
      const json = parseJsonConfig(source);
      const all = [
        ...native.diagnostics,
        ...parseExpression(source).diagnostics,
        ...parseTemplate(source).diagnostics,
        ...json.diagnostics,
        ...[native.body, json.body].flatMap((body) => [
          ...content(body, SCHEMA).diagnostics,
          ...justAttributes(body).diagnostics,
        ]),
      ];
      for (const { range, summary, detail } of all) {
        const place = [range?.start.offset ?? -1, range?.end.offset ?? -1];
        const inside = (place[0] ?? -1) >= 0 && (place[0] ?? 0) <= (place[1] ?? -1) && (place[1] ?? 0) <= text.length;
        if (!inside || !summary || !detail) expect({ text, summary, detail, place }).toBe("a diagnostic with a range");
      }
      const formatted = formatConfig(text);
      if (native.diagnostics.length === 0) expect(parseConfig({ file: "f", text: formatted }).diagnostics).toEqual([]);
    }
  });
});
