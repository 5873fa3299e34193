import { describe, expect, test } from "@jest/globals";
import type { OptionNode } from "../../../src/options/node.js";
import type { TemplateInputs } from "../../../src/template/template.js";
import { load, reported } from "./loading.js";

const TEMPLATE = JSON.stringify({
  variables: { stage: "dev" },
  builders: [
    { type: "null", name: "web-{{user `stage`}}" },
    { type: "null", name: "db" },
    { type: "null", ssh_host: "h" },
  ],
  provisioners: [
    { type: "shell", inline: ["a"], only: ["web-{{user `stage`}}"] },
    { type: "file", source: "x", except: ["db"] },
    { type: "sleep", Duration: "1s", pause_before: "2s", override: { db: { duration: "9s", extra: true } } },
  ],
  "error-cleanup-provisioner": { type: "shell-local", except: ["null"] },
  "post-processors": [
    "manifest",
    [{ type: "checksum", name: "sums", keep_input_artifact: true }, { type: "compress" }, "manifest"],
    [{ type: "artifice", only: ["db"] }, "checksum"],
  ],
});

const builds = (inputs: Partial<TemplateInputs> = {}) => load(TEMPLATE, inputs).template?.builds ?? [];
const find = (name: string, inputs: Partial<TemplateInputs> = {}) =>
  builds(inputs).find((build) => build.name === name);

function plain(node: OptionNode): unknown {
  if (node.kind === "object") return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
  if (node.kind === "list") return node.items.map(plain);
  return "value" in node ? node.value : null;
}

describe("builds", () => {
  test("have names with resolved variables, and are sorted", () => {
    expect(builds().map(({ name, shortName, builder }) => [name, shortName, builder.type])).toEqual([
      ["db", "db", "null"],
      ["null", "null", "null"],
      ["web-dev", "web-dev", "null"],
    ]);
  });

  test("have the provisioners that apply to them, by names as written", () => {
    expect(builds().map(({ provisioners }) => provisioners.map(({ type }) => type))).toEqual([
      ["sleep"],
      ["file", "sleep"],
      ["shell", "file", "sleep"],
    ]);
    expect(builds().map(({ errorCleanup }) => errorCleanup?.type)).toEqual(["shell-local", undefined, "shell-local"]);
  });

  test("have options without the keys of the template, and with overrides", () => {
    const options = (name: string) => {
      const node = find(name)?.provisioners.at(-1)?.options(undefined).node;
      return node && plain(node);
    };
    expect(options("db")).toEqual({ pause_before: "2s", duration: "9s", extra: true });
    expect(options("null")).toEqual({ Duration: "1s", pause_before: "2s" });
    const builder = find("null")?.builder.options(undefined).node;
    expect(builder && plain(builder)).toEqual({ ssh_host: "h" });
  });

  test("have pipelines of post-processors", () => {
    const pipelines = (name: string, inputs: Partial<TemplateInputs> = {}) =>
      find(name, inputs)?.postProcessors.map((pipeline) => pipeline.map((part) => part.name));
    expect(pipelines("db")).toEqual([["manifest"], ["sums", "compress", "manifest"], ["artifice", "checksum"]]);
    expect(pipelines("null")).toEqual([["manifest"], ["sums", "compress", "manifest"], ["checksum"]]);
    expect(pipelines("db", { except: ["compress", "artifice"] })).toEqual([["manifest"], ["sums"]]);
    expect(find("db")?.postProcessors[1]?.map((part) => part.keepInputArtifact)).toEqual([true, undefined, undefined]);
  });

  test.each<[string, Partial<TemplateInputs>, readonly string[]]>([
    ["-only", { only: ["web-dev", "db"] }, ["db", "web-dev"]],
    ["-except", { except: ["null"] }, ["db", "web-dev"]],
    ["both", { only: ["web-dev", "db"], except: ["db"] }, ["web-dev"]],
    ["names are compared after rendering", { except: ["web-{{user `stage`}}"] }, ["db", "null", "web-dev"]],
  ])("%s", (_, inputs, expected) => {
    expect(builds(inputs).map(({ name }) => name)).toEqual(expected);
  });

  test("an empty selection is an error, an unknown name a warning", () => {
    expect(reported(TEMPLATE, { only: ["nope"] })).toEqual([
      'warning unknown-only - ‹only› contains "nope", but no build has this name',
      "error all-builds-excluded - No builds to run: all builds are excluded",
    ]);
    expect(reported(TEMPLATE, { except: ["nope", "sums"] })).toEqual([
      'warning unknown-except - ‹except› contains "nope", but no build or post-processor has this name',
    ]);
  });

  test("two names that render to the same name are an error", () => {
    const text =
      '{"variables": {"a": "x"}, "builders": [{"type": "null", "name": "x"},\n{"type": "null", "name": "{{user `a`}}"}]}';
    expect(reported(text)).toEqual(['error duplicate-builder t.json:2:26 Two builders have the name "x"']);
  });

  test("have an outline as written, for inspect", () => {
    expect(load(TEMPLATE, { only: ["db"] }).template?.outline).toEqual({
      language: "json",
      builders: [
        { name: "db", type: "null" },
        { name: "null", type: "null" },
        { name: "web-{{user `stage`}}", type: "null" },
      ],
      provisioners: ["shell", "file", "sleep"],
    });
    expect(builds({ syntaxOnly: true }).map(({ name }) => name)).toEqual(["db", "null", "web-{{user `stage`}}"]);
  });

  test("a template on standard input has no directory", () => {
    const text = '{"builders": [{"type": "null", "name": "{{template_dir}}"}]}';
    expect(reported("", { path: "-", stdin: text })).toEqual([
      "error template-function-failed -:1:43 The directory of the template is not known here",
    ]);
    const loaded = load(text, { path: "images/t.json" }, { files: { "images/t.json": text } });
    expect(loaded.template?.builds[0]?.name).toBe("/work/images/images");
  });

  test("build values are placeholders at plan time, for the keys that the builder announces", () => {
    const build = find("db");
    const node = { kind: "string", value: "{{build `ID`}}{{ .ID }}", range: build?.builder.range } as const;
    const range = build?.builder.range;
    if (!build || !range) throw new Error("no build");
    const render = (context: ReturnType<typeof build.decodeContext>) => context.render({ ...node, range });
    expect(render(build.decodeContext(undefined, ["ID"]))).toMatchObject({ value: "<unknown><unknown>" });
    expect(render(build.decodeContext({ ID: "i-1" }))).toMatchObject({ value: "i-1i-1" });
    expect(render(build.decodeContext(undefined, ["Host"]))).toMatchObject({ ok: false });
  });
});
