import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "@jest/globals";
import { temporaryFolder } from "../support/folder.js";
import { type Ran, runReally } from "./running.js";

// The expected files are those that Packer 1.6.6 and Packer 1.16.0 wrote for the same template, with run ids, times and the sizes of
// compressed files left out: no two compressors write the same.
const folder = temporaryFolder("post-processors-as-packer");
const read = (name: string) => readFileSync(join(folder(), name), "utf8");

const CHECKSUMS = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];
const only = ["one"];
const keep = { only, keep_input_artifact: true };

const TEMPLATE = {
  builders: [
    { type: "file", name: "one", content: "hello\n", target: "out/one.txt" },
    { type: "null", communicator: "none" },
  ],
  provisioners: [{ type: "shell-local", inline: ["echo local $PACKER_BUILD_NAME"] }],
  "post-processors": [
    { type: "manifest", output: "m.json", custom_data: { b: "1", a: "<&>\u2028é" }, only },
    { type: "manifest", output: "strip.json", strip_path: true, strip_time: true, only: ["null"] },
    [
      { type: "checksum", checksum_types: CHECKSUMS, only },
      { type: "manifest", output: "seq.json", only },
      { type: "artifice", files: ["*.checksum"], ...keep },
      { type: "manifest", output: "art.json", only },
      { type: "compress", output: "x.tar", format: "gz", ...keep },
      { type: "manifest", output: "comp.json", only },
    ],
    [{ type: "compress", output: "{{.BuildName}}-{{.BuilderType}}.zip", ...keep }],
    [{ type: "compress", ...keep }],
    [{ type: "compress", output: "o.gz", compression_level: 12, ...keep }],
    { type: "shell-local", only, inline: ["env | grep 'PACKER_B\\|RUN_UUID' | sort > env.txt"] },
  ],
};

let ran: Ran;

beforeAll(async () => {
  writeFileSync(join(folder(), "web.json"), JSON.stringify(TEMPLATE));
  mkdirSync(join(folder(), "state"));
  ran = await runReally(["build", "-color=false", "web.json"], {
    cwd: folder(),
    env: { XDG_STATE_HOME: join(folder(), "state") },
  });
  if (ran.code !== 0) throw new Error(`${ran.out}\n${ran.err}`);
});

/** What differs from run to run put aside. */
function settled(manifest: string): string {
  return manifest
    .replace(/"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"/g, '"RUN"')
    .replace(/"build_time": \d+/, '"build_time": TIME');
}

/** A manifest of one build. */
const manifest = (build: string) => `{\n  "builds": [\n    {\n${build}\n    }\n  ],\n  "last_run_uuid": "RUN"\n}`;

const SUM_FILES = [
  ["packer_one_file_md5.checksum", 41],
  ["packer_one_file_sha1.checksum", 49],
  ["packer_one_file_sha224.checksum", 65],
  ["packer_one_file_sha256.checksum", 73],
  ["packer_one_file_sha384.checksum", 105],
  ["packer_one_file_sha512.checksum", 137],
] as const;

const filesText = (files: readonly (readonly [string, number])[]) =>
  files
    .map(([name, size]) => `        {\n          "name": "${name}",\n          "size": ${size}\n        }`)
    .join(",\n");

const ofFiles = (files: readonly (readonly [string, number])[], id: string) =>
  manifest(`      "name": "one",
      "builder_type": "file",
      "build_time": TIME,
      "files": [
${filesText(files)}
      ],
      "artifact_id": "${id}",
      "packer_run_uuid": "RUN",
      "custom_data": null`);

test.each([
  [
    "m.json",
    manifest(`      "name": "one",
      "builder_type": "file",
      "build_time": TIME,
      "files": [
        {
          "name": "out/one.txt",
          "size": 6
        }
      ],
      "artifact_id": "File",
      "packer_run_uuid": "RUN",
      "custom_data": {
        "a": "\\u003c\\u0026\\u003e\\u2028é",
        "b": "1"
      }`),
  ],
  [
    "strip.json",
    manifest(`      "name": "null",
      "builder_type": "null",
      "files": null,
      "artifact_id": "Null",
      "packer_run_uuid": "RUN",
      "custom_data": null`),
  ],
  ["seq.json", ofFiles([["out/one.txt", 6], ...SUM_FILES], "")],
  ["art.json", ofFiles(SUM_FILES, "")],
])("%s is Packer's", (name, expected) => {
  expect(settled(read(name))).toBe(expected);
});

test("the archive in a manifest has Packer's name and no id", () => {
  const [build] = JSON.parse(read("comp.json")).builds;
  expect(build).toMatchObject({
    files: [{ name: "x.tar", size: statSync(join(folder(), "x.tar")).size }],
    artifact_id: "",
  });
});

test.each(CHECKSUMS)("the checksum file of %s is Packer's", (type) => {
  const sum = createHash(type).update("hello\n").digest("hex");
  expect(read(`packer_one_file_${type}.checksum`)).toBe(`${sum}\tone.txt\n`);
});

test("scripts know the build and the run", () => {
  const { last_run_uuid: run } = JSON.parse(read("m.json"));
  expect(read("env.txt")).toBe(`PACKER_BUILDER_TYPE=file\nPACKER_BUILD_NAME=one\nPACKER_RUN_UUID=${run}\n`);
});

test("steps and artifacts are printed in Packer's words", () => {
  const sums = SUM_FILES.map(([name]) => name).join(", ");
  for (const line of [
    "    one: local one",
    "    null: local null",
    `==> one (artifice): Discarding files from artifact: out/one.txt, ${sums}`,
    `==> one (artifice): Using these artifact files: ${sums}`,
    "==> one (compress): Archive one-file.zip completed",
    "--> null: Did not export anything. This is the null builder",
    "--> one: Stored file: out/one.txt",
    `--> one: Created artifact from files: out/one.txt, ${sums}`,
    `--> one: Created artifact from files: ${sums}`,
    "--> one: compressed artifacts in: x.tar",
    "--> one: compressed artifacts in: one-file.zip",
    "--> one: compressed artifacts in: packer_one_file",
    "--> one: compressed artifacts in: o.gz",
  ])
    expect(ran.out.split("\n")).toContain(line);
});

test("what the file builder writes is the user's alone to read", () => {
  expect(statSync(join(folder(), "out/one.txt")).mode & 0o777).toBe(0o600);
});

test("a file builder next to others: provisioners that need a machine do nothing, which is reported", async () => {
  const cwd = join(folder(), "beside");
  mkdirSync(cwd);
  const template = {
    builders: [{ type: "file", source: "web.json", target: "copy.json" }],
    provisioners: [
      { type: "shell", inline: ["exit 3"] },
      { type: "shell-local", inline: ["echo run >ran"] },
    ],
  };
  writeFileSync(join(cwd, "web.json"), JSON.stringify(template), { mode: 0o600 });
  const { code, out } = await runReally(["build", "-color=false", "web.json"], { cwd });
  expect({ code, out }).toMatchObject({ code: 0 });
  expect(out).toContain("==> file: Copying web.json to copy.json\n==> file: Copied");
  expect(out).toContain("The file builder has no machine");
  expect(readFileSync(join(cwd, "copy.json"), "utf8")).toBe(JSON.stringify(template));
  expect(readFileSync(join(cwd, "ran"), "utf8")).toBe("run\n");
});
