import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { AmiArtifact, FilesArtifact } from "../../src/core/artifact.js";
import { run as artifice } from "../../src/post-processors/artifice/run.js";
import { checksumOptions } from "../../src/post-processors/checksum/options.js";
import { run as checksum } from "../../src/post-processors/checksum/run.js";
import { formatManifest, withBuild } from "../../src/post-processors/manifest/document.js";
import { run as manifest } from "../../src/post-processors/manifest/run.js";
import { optionsFor } from "../provisioners/provision.js";
import { partContext } from "../support/context.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("post-processors");

const ami: AmiArtifact = {
  kind: "ami",
  builderId: "mitchellh.amazonebs",
  buildRegion: "us-west-1",
  imageName: "web-1",
  account: { region: "us-west-1" },
  images: [
    { region: "us-west-1", imageId: "ami-2", snapshotIds: ["snap-2"] },
    { region: "us-east-1", imageId: "ami-1", snapshotIds: ["snap-1"] },
  ],
  missing: [],
  source: {
    imageId: "ami-0",
    name: "base",
    createdAt: "2026-01-01T00:00:00.000Z",
    owner: "1",
    ownerAlias: "amazon",
    architecture: "x86_64",
    tags: {},
  },
  hasEarlier: undefined,
  fingerprint: undefined,
  namePattern: undefined,
  skip: undefined,
};

function filesArtifact(cwd: string): FilesArtifact {
  const file = join(cwd, "out.txt");
  writeFileSync(file, "hello\n");
  return { kind: "files", builderId: "packer.file", id: undefined, files: [file], text: "Stored file: out.txt" };
}

function context(name: string, force = false) {
  const cwd = join(folder(), name);
  mkdirSync(cwd, { recursive: true });
  return { ...partContext(cwd, { force }), data: {}, childEnvironment: async () => ({}), cwd };
}

describe("manifest", () => {
  const options = { output: "m.json", strip_path: false, strip_time: true, custom_data: {} };

  test("is identical to the manifest of Packer 1.6.6", async () => {
    const where = context("manifest");
    await manifest(ami, { ...options, custom_data: { a: "x<y" } }, where);
    expect(readFileSync(join(where.cwd, "m.json"), "utf8")).toBe(`{
  "builds": [
    {
      "name": "web",
      "builder_type": "amazon-ebs",
      "files": null,
      "artifact_id": "us-east-1:ami-1,us-west-1:ami-2",
      "packer_run_uuid": "11111111-2222-3333-4444-555555555555",
      "custom_data": {
        "a": "x\\u003cy"
      }
    }
  ],
  "last_run_uuid": "11111111-2222-3333-4444-555555555555"
}`);
  });

  test("lists files with their sizes and appends", async () => {
    const where = context("append");
    const artifact = filesArtifact(where.cwd);
    await Promise.all([manifest(artifact, { ...options, strip_path: true }, where), manifest(ami, options, where)]);
    const { builds } = JSON.parse(readFileSync(join(where.cwd, "m.json"), "utf8"));
    expect(builds).toHaveLength(2);
    expect(builds.find((build: { files: unknown }) => build.files !== null).files).toEqual([
      { name: "out.txt", size: 6 },
    ]);
  });

  test("has relative paths in the working directory, as in Packer 1.6.6, and absolute paths elsewhere", async () => {
    const where = context("named");
    mkdirSync(join(where.cwd, "out"));
    const files = [join(where.cwd, "out/a"), join(folder(), "outside")];
    for (const file of files) writeFileSync(file, "x");
    await manifest({ kind: "files", builderId: "packer.file", id: "File", files, text: "" }, options, where);
    const [build] = JSON.parse(readFileSync(join(where.cwd, "m.json"), "utf8")).builds;
    expect(build).toMatchObject({ artifact_id: "File", files: [{ name: "out/a" }, { name: files[1] }] });
  });

  test("with force the builds of other runs are removed", () => {
    const build = { name: "a", builder_type: "b", files: null, artifact_id: "", custom_data: null };
    const earlier = formatManifest(withBuild(undefined, { ...build, packer_run_uuid: "old" }, false));
    expect(withBuild(earlier, { ...build, packer_run_uuid: "new" }, true).builds).toHaveLength(1);
    expect(withBuild(earlier, { ...build, packer_run_uuid: "new" }, false).builds).toHaveLength(2);
  });

  test("a file that is not a manifest is an error and is not changed", async () => {
    const where = context("other");
    writeFileSync(join(where.cwd, "m.json"), "[1]");
    await expect(manifest(ami, options, where)).rejects.toThrow(/m\.json" is not a manifest/);
    expect(readFileSync(join(where.cwd, "m.json"), "utf8")).toBe("[1]");
  });
});

describe("checksum", () => {
  test("writes one line per file for each hash function", async () => {
    const where = context("checksum");
    const result = await checksum(
      filesArtifact(where.cwd),
      { checksum_types: ["md5", "sha256"], output: undefined },
      where,
    );
    expect(readFileSync(join(where.cwd, "packer_web_amazon-ebs_md5.checksum"), "utf8")).toBe(
      "b1946ac92492d2347c6235b4d2611184\tout.txt\n",
    );
    expect(result.artifact?.kind === "files" && result.artifact.files).toHaveLength(3);
    expect(result.keepInput).toEqual({ keep: true, forced: true });
    expect(result.files).toEqual(
      ["md5", "sha256"].map((type) => ({
        kind: "checksums",
        path: join(where.cwd, `packer_web_amazon-ebs_${type}.checksum`),
      })),
    );
  });

  test("keeps the lines of other builds and replaces those of an earlier run", async () => {
    const where = context("checksum-shared");
    const options = optionsFor(checksumOptions, { checksum_types: ["md5", "sha1"], output: "sums" }, where.cwd);
    writeFileSync(
      join(where.cwd, "sums"),
      "00000000000000000000000000000000\tout.txt\n11111111111111111111111111111111\tother.txt\n",
    );
    await checksum(filesArtifact(where.cwd), options, where);
    expect(readFileSync(join(where.cwd, "sums"), "utf8")).toBe(
      [
        "11111111111111111111111111111111\tother.txt",
        "b1946ac92492d2347c6235b4d2611184\tout.txt",
        "f572d396fae9206628714fb2ce00f72e94f2258f\tout.txt",
        "",
      ].join("\n"),
    );
  });
});

describe("artifice", () => {
  test("matches files by glob", async () => {
    const where = context("artifice");
    for (const name of ["a.img", "b.img", "c.txt"]) writeFileSync(join(where.cwd, name), name);
    const result = await artifice(ami, { files: ["*.img"] }, where);
    expect(result.artifact?.kind === "files" && result.artifact.files).toEqual(
      ["a.img", "b.img"].map((name) => join(where.cwd, name)),
    );
  });

  test("a missing file is an error with its name", async () => {
    await expect(artifice(ami, { files: ["none.img"] }, context("artifice-none"))).rejects.toThrow(
      'No such file or directory: "none.img"',
    );
  });
});
