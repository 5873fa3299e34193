import { describe, expect, test } from "@jest/globals";
import type { BuildTemplate } from "../../../src/template/template.js";
import { buildNamed, codesOf, loadText, optionsOf } from "./loading.js";

const SOURCES = 'source "null" "a" {}\nsource "null" "b" {}\n';

function load(parts: string, sources = 'sources = ["null.a", "null.b"]') {
  return loadText(`${SOURCES}build {\n${sources}\n${parts}\n}\n`);
}

const provisioner = (forEach: string, content = "inline = [provisioner.value]") =>
  `dynamic "provisioner" {\n  for_each = ${forEach}\n  labels   = ["shell"]\n  content {\n    ${content}\n  }\n}`;

const inline = (build: BuildTemplate | undefined) => build?.provisioners.map((part) => optionsOf(part));

describe("dynamic blocks of a build that need the source", () => {
  test("are expanded for each source, with its name and type", () => {
    const loaded = load(provisioner('["${source.type}/${source.name}", "${source.name}2"]'));
    expect(codesOf(loaded)).toEqual([]);
    expect(inline(buildNamed(loaded, "null.a"))).toEqual([{ inline: ["null/a"] }, { inline: ["a2"] }]);
    expect(inline(buildNamed(loaded, "null.b"))).toEqual([{ inline: ["null/b"] }, { inline: ["b2"] }]);
  });

  test("can be there for some sources only", () => {
    const loaded = load(provisioner('source.name == "a" ? ["one", "two"] : []'));
    expect(inline(buildNamed(loaded, "null.a"))).toEqual([{ inline: ["one"] }, { inline: ["two"] }]);
    expect(inline(buildNamed(loaded, "null.b"))).toEqual([]);
  });

  test("have the name that the build gives the source", () => {
    const loaded = load(provisioner("[source.name]"), 'source "null.a" {\n  name = "mine"\n}');
    expect(inline(buildNamed(loaded, "null.mine"))).toEqual([{ inline: ["mine"] }]);
  });

  test("make post-processors and pipelines too", () => {
    const dynamic = (type: string, content: string) =>
      `dynamic "${type}" {\n for_each = [source.name]\n ${type === "post-processors" ? "" : 'labels = ["manifest"]'}\n content {\n${content}\n}\n}`;
    const loaded = load(
      [
        dynamic("post-processor", 'output = "1${post-processor.value}"'),
        `post-processors {\n${dynamic("post-processor", 'output = "2${post-processor.value}"')}\n}`,
        dynamic("post-processors", 'post-processor "manifest" {\n output = "3${post-processors.value}"\n}'),
      ].join("\n"),
    );
    expect(codesOf(loaded)).toEqual([]);
    const outputs = (name: string) =>
      buildNamed(loaded, name)?.postProcessors.flatMap((pipeline) => pipeline.map((part) => optionsOf(part)));
    expect(outputs("null.a")).toEqual([{ output: "1a" }, { output: "2a" }, { output: "3a" }]);
    expect(outputs("null.b")).toEqual([{ output: "1b" }, { output: "2b" }, { output: "3b" }]);
  });
});

describe("dynamic blocks of a build are refused", () => {
  test.each([
    ["that need the build's ID", provisioner("[build.ID]"), "unavailable-name@6:15"],
    ["that need the build's name", provisioner("[build.name]"), "unavailable-name@6:15"],
    ["whose `only` needs the source", provisioner("[source.name]", "only = [provisioner.value]"), "unknown-value@9:12"],
    [
      "that make sources from the source",
      'dynamic "source" {\n  for_each = [source.name]\n  labels = ["null.a"]\n  content {}\n}',
      "unavailable-name@6:15",
    ],
  ])("%s", (_, parts, code) => expect(codesOf(load(parts))).toEqual([code]));
});

test("values of the build are known inside the options of a part, where a dynamic block is expanded again during the run", () => {
  const loaded = load(
    'provisioner "shell" {\n  dynamic "x" {\n    for_each = [build.ID]\n    content {\n      id = x.value\n    }\n  }\n}',
  );
  const [part] = buildNamed(loaded, "null.a")?.provisioners ?? [];
  expect(optionsOf(part)).toEqual({ x: [{ id: "?" }] });
  expect(optionsOf(part, { ID: "i-1" })).toEqual({ x: [{ id: "i-1" }] });
});
