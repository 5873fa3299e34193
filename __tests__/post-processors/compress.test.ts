import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { formatName, formatOf } from "../../src/post-processors/compress/format.js";
import { compressOptions } from "../../src/post-processors/compress/options.js";
import { run } from "../../src/post-processors/compress/run.js";
import { decode, optionsFor } from "../provisioners/provision.js";
import { describeWith } from "../provisioners/tools.js";
import { temporaryFolder } from "../support/folder.js";
import { filesArtifact, postProcessorContext } from "./run.js";
import { readZip } from "./zip-reader.js";

const folder = temporaryFolder("compress");

/** Larger than one chunk, and incompressible. */
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

test("archive and algorithm are accepted as in Packer, and have no effect", () => {
  const { value, diagnostics } = decode(compressOptions, { archive: "tar", algorithm: "pgzip" }, folder());
  expect(value).toBeDefined();
  expect(diagnostics.map(({ severity, summary }) => [severity, summary])).toEqual([
    ["warning", expect.stringContaining('"archive" is deprecated')],
    ["warning", expect.stringContaining('"algorithm" is deprecated')],
  ]);
});

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

test("gz contains the single file", async () => {
  const { cwd, disk } = files("gz");
  await packed(cwd, { output: "disk.img.gz", compression_level: 1 }, disk);
  expect(gunzipSync(readFileSync(join(cwd, "disk.img.gz"))).equals(large)).toBe(true);
});

describe("zip", () => {
  const zipped = async () => {
    const { cwd, script, disk } = files("zip");
    await packed(cwd, { output: "web.zip" }, script, disk);
    return join(cwd, "web.zip");
  };

  test("contains relative paths, modes and contents", async () => {
    const members = readZip(readFileSync(await zipped()));
    expect(members.map(({ name, mode, data }) => `${name} ${mode} ${data.length}`)).toEqual([
      "out/run.sh 100755 10",
      `out/disk.img 100640 ${large.length}`,
    ]);
    expect(members[1]?.data.equals(large)).toBe(true);
  });

  describeWith("python3", "apt-get install python3")("by python3", () => {
    test("is read by Python, and its checksums are right", async () => {
      const read = `import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
for i in z.infolist(): print(i.filename, oct(i.external_attr >> 16), i.file_size)`;
      const lines = execFileSync("python3", ["-c", read, await zipped()], { encoding: "utf8" })
        .trim()
        .split("\n");
      expect(lines).toEqual(["out/run.sh 0o100755 10", `out/disk.img 0o100640 ${large.length}`]);
    });
  });
});

/** Extensions, with the programs that write and read the format. */
const PROGRAMS: readonly (readonly [
  ending: string,
  program: string,
  debianPackage: string,
  read: readonly string[],
])[] = [
  ["bz2", "bzip2", "bzip2", ["bzip2", "-dc"]],
  ["xz", "xz", "xz-utils", ["xz", "-dc"]],
  ["lz4", "lz4", "lz4", ["lz4", "-dc"]],
];

describe.each(PROGRAMS)("%s", (ending, program, debianPackage, [reader = "", ...args]) => {
  describeWith(program, `apt-get install ${debianPackage}`)(`by ${program}`, () => {
    test.each([[undefined], [1], [9]])("of one file, level %s, is read by the format's program", async (level) => {
      const { cwd, disk } = files(`${ending}-${level}`);
      await packed(cwd, { output: `disk.${ending}`, ...(level ? { compression_level: level } : {}) }, disk);
      const read = execFileSync(reader, [...args, join(cwd, `disk.${ending}`)], { maxBuffer: 1 << 26 });
      expect(read.equals(large)).toBe(true);
    });

    test("of all files is a tar archive", async () => {
      const { cwd, script, disk } = files(`tar-${ending}`);
      const { artifact } = await packed(cwd, { output: "web", format: `tar.${ending}` }, script, disk);
      expect(artifact).toMatchObject({ files: [join(cwd, "web")] });
      const archive = execFileSync(reader, [...args, join(cwd, "web")], { maxBuffer: 1 << 26 });
      const names = execFileSync("tar", ["-t"], { input: archive, encoding: "utf8" });
      expect(names.trim().split("\n").sort()).toEqual(["disk.img", "run.sh"]);
    });

    test("leaves no process and no file when cancelled", async () => {
      const { cwd } = files(`endless-${ending}`);
      const pipe = join(cwd, "pipe");
      execFileSync("mkfifo", [pipe]);
      const stop = new AbortController();
      const running = run(
        filesArtifact(pipe),
        optionsFor(compressOptions, { output: `pipe.${ending}` }, cwd),
        postProcessorContext(cwd, { signal: stop.signal }),
      );
      // Opened for writing as soon as the other end reads; it receives some data, and never the end.
      const writer = await open(pipe, "w");
      try {
        await writer.write("begun");
        stop.abort(new Error("enough"));
        await expect(running).rejects.toThrow("enough");
        expect(readdirSync(cwd).sort()).toEqual(["out", "pipe"]);
      } finally {
        await writer.close();
      }
    });
  });
});

describe("a program that fails", () => {
  const withProgram = async (name: string, script: string | undefined) => {
    const { cwd, disk } = files(name);
    mkdirSync(join(cwd, "bin"));
    if (script !== undefined) writeFileSync(join(cwd, "bin/xz"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const context = postProcessorContext(cwd);
    const surroundings = { ...context.surroundings, env: { PATH: join(cwd, "bin") } };
    const options = optionsFor(compressOptions, { output: "disk.tar" }, cwd);
    const output = { ...options, format: "xz" };
    const running = run(filesArtifact(disk), output, { ...context, surroundings });
    return { cwd, running };
  };

  test.each([
    [
      "before it has read all input",
      "echo no memory >&2; exit 2",
      { code: "compress-failed", detail: "no memory", message: '"xz" failed: exit status 2' },
    ],
    ["by a signal", "kill -9 $$", { code: "compress-failed", message: '"xz" failed: signal SIGKILL' }],
    [
      "because it does not exist",
      undefined,
      { code: "program-not-found", message: '"xz" is not installed on this host' },
    ],
  ])("%s is an error, and leaves nothing", async (name, script, error) => {
    const { cwd, running } = await withProgram(`failing ${name}`, script);
    await expect(running).rejects.toMatchObject(error);
    expect(readdirSync(cwd).sort()).toEqual(["bin", "out"]);
  });
});

test.each([
  ["a.tar", "tar"],
  ["a.gz", "gz"],
  ["a.tar.gz", "tar.gz"],
  ["a.tgz", "tar.gz"],
  ["a", "tar.gz"],
  ["a.bzip2", "bz2"],
  ["a.tar.bz2", "tar.bz2"],
  ["a.b.xz", "xz"],
  ["a.tar.lz4", "tar.lz4"],
  ["a.bgzf", "bgzf"],
  ["a.constructor", "tar.gz"],
  ["a.tar.zip", "zip"],
])("%s selects the format %s", (name, format) => {
  expect(formatName(formatOf(name))).toBe(format);
});

test("a long compression reports its progress", async () => {
  const { cwd, disk } = files("slow");
  const context = postProcessorContext(cwd);
  let now = 0;
  const clock = { ...context.surroundings.clock, now: () => (now += 4000) };
  const options = optionsFor(compressOptions, { output: "disk.gz" }, cwd);
  await run(filesArtifact(disk), options, { ...context, surroundings: { ...context.surroundings, clock } });
  const progress = context.events.filter((event) => event.type === "progress");
  expect(progress[0]).toMatchObject({
    what: "compressing into disk.gz",
    percent: expect.any(Number),
    text: expect.any(String),
  });
});

test.each([["disk.img.bgzf"], ["disks.tar.bgzf"]])("%s is gzip, in blocks with their length", async (output) => {
  const { cwd, disk } = files(output);
  const text = Buffer.from("the same again ".repeat(20_000));
  const notes = join(cwd, "notes");
  writeFileSync(notes, text);
  await packed(cwd, { output }, ...(output.includes(".tar") ? [disk, notes] : [notes]));
  const written = readFileSync(join(cwd, output));
  const read = gunzipSync(written);
  if (output.includes(".tar")) expect(read.includes(large)).toBe(true);
  else expect(read.equals(text)).toBe(true);
  let at = 0;
  const lengths: number[] = [];
  while (at < written.length) {
    expect(written.subarray(at, at + 4).toString("hex")).toBe("1f8b0804");
    expect(written.subarray(at + 10, at + 16).toString("hex")).toBe("060042430200");
    const length = written.readUInt16LE(at + 16) + 1;
    lengths.push(gunzipSync(written.subarray(at, at + length)).length);
    at += length;
  }
  expect(at).toBe(written.length);
  expect(lengths.at(-1)).toBe(0);
  expect(Math.max(...lengths)).toBe(0xff00);
});

describe("rejects", () => {
  test.each([
    [{ output: "web.tar.lz4" }, "lz4"],
    [{ output: "{{.BuildName}}.xz" }, "xz"],
    [{ format: ".tar.bz2" }, "bzip2"],
  ])("%j at plan time when its program is not installed", (options, program) => {
    expect(decode(compressOptions, options, folder(), { PATH: folder() }).diagnostics).toMatchObject([
      {
        severity: "error",
        summary: `"${program}" is not installed on this host`,
        hint: expect.stringContaining("apt-get install"),
      },
    ]);
  });

  test("a level below the lowest", () => {
    expect(decode(compressOptions, { compression_level: -2 }, folder()).diagnostics).toMatchObject([
      { severity: "error", summary: '"compression_level" must be between 1 and 9, not -2' },
    ]);
  });

  test("two files as gz", async () => {
    const { cwd, script, disk } = files("two");
    await expect(packed(cwd, { output: "two.gz" }, script, disk)).rejects.toThrow(
      'Format "gz" contains a single file, but the artifact has 2',
    );
  });

  test("an artifact without files", async () => {
    await expect(packed(folder(), {})).rejects.toThrow("Nothing to compress");
  });
});

test("a cancelled compression keeps the earlier file and leaves no partial file", async () => {
  const { cwd, disk } = files("cancelled");
  const output = join(cwd, "web.tar.gz");
  writeFileSync(output, "earlier");
  const options = optionsFor(compressOptions, { output: "web.tar.gz" }, cwd);
  const context = postProcessorContext(cwd, { signal: AbortSignal.abort() });
  await expect(run(filesArtifact(disk), options, context)).rejects.toThrow();
  expect(readFileSync(output, "utf8")).toBe("earlier");
  expect(existsSync(`${output}.partial`)).toBe(false);
});
