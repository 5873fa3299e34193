import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { ACTION_WORDS } from "../../src/action/words.js";
import { noDebug } from "../../src/core/debug.js";
import { redactor } from "../../src/core/secrets/redactor.js";
import type { BakeRun } from "../../src/engine/api.js";
import { engine } from "../../src/engine/engine.js";
import { readingRequest } from "../../src/engine/request.js";
import { outputsOf } from "../../src/report/outputs.js";
import { reportCollector } from "../../src/report/report.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("manifest-output");
const MACHINE = 'source "null" "web" {\n  communicator = "none"\n}\n';

/** Bakes a template with the real engine and returns the output `manifest`, its paths from the folder. */
async function manifestOf(build: string): Promise<readonly string[]> {
  writeFileSync(join(folder(), "web.pkr.hcl"), `${MACHINE}build {\n  sources = ["null.web"]\n${build}}\n`);
  const { signal } = new AbortController();
  const interruption = { signal, releaseSignal: signal, stop: () => undefined };
  const { prepare, bake } = engine({
    ...{ env: { PATH: process.env.PATH }, interruption, startedAt: new Date() },
    debug: noDebug,
    webIdentity: undefined,
  });
  const template = { path: "web.pkr.hcl", variables: [], variableFiles: [], only: [], except: [] };
  const request = readingRequest(folder(), template);
  const { plan, diagnostics } = await prepare(request, { purpose: "build", mask: () => undefined });
  if (!plan) throw new Error(JSON.stringify(diagnostics));
  const collected = reportCollector(redactor(), ACTION_WORDS);
  const run: BakeRun = {
    owner: { runId: "1", attempt: "1", repository: "acme/images" },
    listeners: [collected.listener],
    secrets: redactor(),
    ledger: { append: () => undefined },
    ...{ credentials: undefined, ask: undefined, packageDirectory: undefined },
  };
  await bake(plan, request, run);
  const { manifest } = outputsOf(collected.exact());
  return manifest === "" ? [] : manifest.split("\n").map((path) => path.replace(`${folder()}/`, ""));
}

const writing = (output: string) => `  post-processor "manifest" {\n    output = "${output}"\n  }\n`;

test("two manifests are two paths", async () => {
  expect(await manifestOf(writing("one.json") + writing("deep/two.json"))).toEqual(["one.json", "deep/two.json"]);
});

test("a name with data of the build is the one that was written", async () => {
  const [path] = await manifestOf(writing("m-${build.PackerRunUUID}.json"));
  expect(path).toMatch(/^m-[0-9a-f-]{36}\.json$/);
});

test("a bake that fails before it wrote one has none", async () => {
  const failing = '  provisioner "shell-local" {\n    inline = ["exit 3"]\n  }\n';
  expect(await manifestOf(failing + writing("one.json"))).toEqual([]);
});

test("a manifest that was written before a later post-processor failed is one", async () => {
  const sequence = `  post-processors {\n${writing("one.json")}  post-processor "shell-local" {\n    inline = ["exit 3"]\n  }\n  }\n`;
  expect(await manifestOf(sequence)).toEqual(["one.json"]);
});
