import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { compressOptions } from "../../src/post-processors/compress/options.js";
import { run } from "../../src/post-processors/compress/run.js";
import { decode, optionsFor } from "../provisioners/provision.js";
import { temporaryFolder } from "../support/folder.js";
import { filesArtifact, postProcessorContext } from "./run.js";

const folder = temporaryFolder("compress");

/** Over the size that is sent in one piece, and not to be compressed. */
const large = randomBytes(3 << 20);

function files(name: string) {
  const cwd = join(folder(), name);
  mkdirSync(join(cwd, "out"), { recursive: true });
  const script = join(cwd, "out", "run.sh");
  writeFileSync(script, "#!/bin/sh\n", { mode: 0o755 });
  const disk = join(cwd, "out", "disk.img");
  writeFileSync(disk, large, { mode: 0o640 });
  return { cwd, script, disk };
}

const packed = async (cwd: string, options: object, ...paths: string[]) =>
  run(filesArtifact(...paths), optionsFor(compressOptions, options, cwd), postProcessorContext(cwd));

describe("tar", () => {
  test.each([
    ["packer_web_amazon-ebs", {}, "-z"],
    ["web.tar.gz", { output: "{{.BuildName}}.tar.gz" }, "-z"],
    ["web.tgz", { output: "web.tgz", compression_level: 9 }, "-z"],
    ["plain.tar", { output: "plain.tar" }, ""],
    ["image.bin", { output: "image.bin", format: "tar" }, ""],
    ["image.tar", { output: "image.tar", format: ".gz", compression_level: 12 }, "-z"],
  ])("%s is read by tar", async (name, options, flag) => {
    const { cwd, script, disk } = files(name);
    const result = await packed(cwd, options, script, disk);
    const output = join(cwd, name);
    expect(result.artifact).toMatchObject({ kind: "files", files: [output], text: `compressed artifacts in: ${name}` });
    expect(result.keepInput).toEqual({ keep: false, forced: false });
    const unpacked = join(cwd, "unpacked");
    mkdirSync(unpacked);
    execFileSync("tar", ["-x", ...(flag ? [flag] : []), "-f", output, "-C", unpacked]);
    expect(readdirSync(unpacked).sort()).toEqual(["disk.img", "run.sh"]);
    expect(readFileSync(join(unpacked, "disk.img")).equals(large)).toBe(true);
    expect(statSync(join(unpacked, "run.sh")).mode & 0o777).toBe(0o755);
  });
});

test("gz holds the one file", async () => {
  const { cwd, disk } = files("gz");
  await packed(cwd, { output: "disk.img.gz", compression_level: 1 }, disk);
  expect(gunzipSync(readFileSync(join(cwd, "disk.img.gz"))).equals(large)).toBe(true);
});

test("zip is read by Python, with the paths below the working directory and their modes", async () => {
  const { cwd, script, disk } = files("zip");
  await packed(cwd, { output: "web.zip" }, script, disk);
  const read = `import hashlib, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
for i in z.infolist(): print(i.filename, oct(i.external_attr >> 16), i.file_size, hashlib.md5(z.read(i)).hexdigest())`;
  const lines = execFileSync("python3", ["-c", read, join(cwd, "web.zip")], { encoding: "utf8" })
    .trim()
    .split("\n");
  expect(lines.map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
    "out/run.sh 0o100755 10",
    `out/disk.img 0o100640 ${large.length}`,
  ]);
});

describe("refused", () => {
  test.each([
    [{ output: "web.tar.lz4" }, "the format lz4 is not written"],
    [{ output: "{{.BuildName}}.xz" }, "the format xz is not written"],
    [{ format: ".tar.bz2" }, "the format bz2 is not written"],
    [{ output: "web.bgzf" }, "the format bgzf is not written"],
    [{ output: "web.tar.bzip2" }, "the format bzip2 is not written"],
    [{ compression_level: -2 }, "compression_level must be between 1 and 9, not -2"],
  ])("%j when the plan is made", (options, complaint) => {
    expect(decode(compressOptions, options, folder()).diagnostics).toMatchObject([
      { severity: "error", summary: complaint },
    ]);
  });

  test("two files as gz", async () => {
    const { cwd, script, disk } = files("two");
    await expect(packed(cwd, { output: "two.gz" }, script, disk)).rejects.toThrow(
      "gz holds one file, and the artifact has 2",
    );
  });

  test("an artifact without files", async () => {
    await expect(packed(folder(), {})).rejects.toThrow("there is nothing to compress");
  });
});

test("a cancelled one leaves the earlier file as it was, and nothing half made", async () => {
  const { cwd, disk } = files("cancelled");
  const output = join(cwd, "web.tar.gz");
  writeFileSync(output, "earlier");
  const options = optionsFor(compressOptions, { output: "web.tar.gz" }, cwd);
  const context = postProcessorContext(cwd, { signal: AbortSignal.abort() });
  await expect(run(filesArtifact(disk), options, context)).rejects.toThrow();
  expect(readFileSync(output, "utf8")).toBe("earlier");
  expect(existsSync(`${output}.partial`)).toBe(false);
});
