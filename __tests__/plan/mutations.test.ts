import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { catalog } from "../../src/catalog.js";
import { renderDiagnostic } from "../../src/core/diagnostics.js";
import type { CheckContext } from "../../src/options/schema.js";
import { makePlan } from "../../src/plan/make-plan.js";
import { loadJsonTemplate } from "../../src/template/json/load.js";
import { lookups } from "../support/lookups.js";
import { fc } from "../support/properties.js";

/** Number of mutations; `BAKE_AMI_MUTATIONS=10000` runs more. */
const RUNS = Number(process.env.BAKE_AMI_MUTATIONS ?? 400);
const SEED = 20260203;

const examples = fileURLToPath(new URL("../../examples", import.meta.url));

/** The examples, and one template with all features of the language. */
const ORIGINALS = [
  ...readdirSync(examples, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json"))
    .map((name) => readFileSync(join(examples, name), "utf8")),
  `{
  "_comment": "all there is", "min_packer_version": "1.0.0", "description": "d", // a comment
  "variables": {"a": "{{env \`HOME\`}}", "b": "{{user \`a\`}}-{{isotime \\"2006\\"}}", "c": "{{ .SourceAMI }}"},
  "sensitive-variables": ["a"],
  "builders": [{"type": "amazon-ebs", "name": "{{user \`b\`}}", "ami_name": "x {{timestamp}}", "instance_type": "t3.micro",
    "source_ami_filter": {"filters": {"name": "ubuntu*"}, "owners": ["1"], "most_recent": true}, "ssh_username": "u",
    "launch_block_device_mappings": [{"device_name": "/dev/sda1", "volume_size": 8}], "tags": {"N": "{{user \`c\`}}"}}],
  "provisioners": [{"type": "shell", "inline": ["a", "b"], "only": ["{{user \`b\`}}"], "pause_before": "1s",
    "override": {"{{user \`b\`}}": {"inline": "c"}}, "execute_command": "{{if .Vars}}{{.Vars}}{{else}}x{{end}} {{.Path}}"}],
  "error-cleanup-provisioner": {"type": "shell-local", "command": "true"},
  "post-processors": ["manifest", [{"type": "checksum", "keep_input_artifact": true}, "manifest"],]
}`,
];

const PIECES = [
  ..."{}[],:\"|()`'\\#.$",
  "{{",
  "}}",
  "null",
  "true",
  "-1",
  "1e9",
  '""',
  "//",
  "/*",
  "\u0000",
  "\u00e9\ud83d\ude00",
  "{{range 99999999}}x{{end}}",
  '{{define "r"}}{{template "r"}}{{end}}',
  "{{printf `%999999999d` 1}}",
  '"__proto__": {}, ',
  '"constructor": 1, ',
  "[[[[[[",
];
const VALUES = ["5", "1.5", "true", "null", '""', "[]", "{}", '[{"a": 1}]', '{"a": {}}', '"a,b"'];

const edit = fc.record({
  kind: fc.constantFrom("insert", "delete", "move", "value" as const),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  from: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  piece: fc.constantFrom(...PIECES),
  value: fc.constantFrom(...VALUES),
  length: fc.integer({ min: 1, max: 60 }),
});
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function mutate(text: string, { kind, at, from, piece, value, length }: Edit): string {
  const place = Math.floor(at * text.length);
  if (kind === "insert") return text.slice(0, place) + piece + text.slice(place);
  if (kind === "delete") return text.slice(0, place) + text.slice(place + length);
  if (kind === "move") {
    const start = Math.floor(from * text.length);
    return text.slice(0, place) + text.slice(start, start + length) + text.slice(place);
  }
  const strings = [...text.matchAll(/"(?:[^"\\\n]|\\.)*"/g)];
  const found = strings[Math.floor(at * strings.length)];
  return found ? text.slice(0, found.index) + value + text.slice(found.index + found[0].length) : text;
}

describe("a mutated template", () => {
  test("results in errors with places, or in a plan", () => {
    const checks: CheckContext = {
      pathKind: () => "file",
      pathFromTemplate: () => undefined,
      readText: () => "",
      env: () => undefined,
      now: () => 0,
    };
    fc.assert(
      fc.property(fc.constantFrom(...ORIGINALS), fc.array(edit, { minLength: 1, maxLength: 3 }), (original, edits) => {
        const text = edits.reduce(mutate, original);
        const inputs = { path: "t.json", variables: [], variableFiles: [], only: [], except: [] };
        const loaded = loadJsonTemplate(inputs, lookups({ files: { "t.json": text }, env: { HOME: "/root" } }));
        const made =
          loaded.template && makePlan(loaded.template, catalog, checks, { ...loaded, reevaluate: undefined });
        const diagnostics = [...loaded.diagnostics, ...(made?.diagnostics ?? [])];
        const errors = diagnostics.filter(({ severity }) => severity === "error");
        for (const { range } of errors) {
          expect(range?.start.line).toBeGreaterThan(0);
          expect(range?.end.offset).toBeLessThanOrEqual(text.length);
        }
        if (errors.length === 0) expect(made?.plan).toBeDefined();
        for (const diagnostic of diagnostics) expect(renderDiagnostic(diagnostic, loaded.sources)).toContain("t.json:");
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
