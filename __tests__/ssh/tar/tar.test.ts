import { describe, expect, test } from "@jest/globals";
import { TAR_DIRECTORY, TAR_FILE, tarEnd, tarHeader } from "../../../src/ssh/tar/header.js";
import { readTar } from "../../../src/ssh/tar/reader.js";
import { archiveOf, type Member, member, paxRecords } from "./archive.js";

/** Reads a stream. Returns its members. */
async function readStream(chunks: AsyncIterable<Buffer>): Promise<readonly string[]> {
  const found: string[] = [];
  await readTar(chunks, {
    async directory(name, mode) {
      found.push(`${name} ${mode.toString(8)}`);
    },
    async file(name, mode, length) {
      const content: Buffer[] = [];
      return {
        write: async (bytes) => void content.push(Buffer.from(bytes)),
        close: async () => void found.push(`${name} ${mode.toString(8)} ${length} ${Buffer.concat(content)}`),
        discard: async () => void found.push(`${name} discarded`),
      };
    },
    async link({ name, target, kind }) {
      found.push(`${name} ${kind} ${target}`);
    },
  });
  return found;
}

/** Reads an archive in chunks of `size` bytes. */
function read(archive: Buffer, size = archive.length): Promise<readonly string[]> {
  return readStream(
    (async function* () {
      for (let at = 0; at < archive.length; at += size) yield archive.subarray(at, at + size);
    })(),
  );
}

function file(name: string, content: string): Buffer {
  const given = { type: TAR_FILE, mode: 0o644, size: content.length, ownership: undefined } as const;
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([tarHeader({ name: Buffer.from(name), ...given }), body]);
}

const ARCHIVE = Buffer.concat([
  tarHeader({ name: Buffer.from("dir/"), type: TAR_DIRECTORY, mode: 0o711, size: 0, ownership: undefined }),
  file("dir/a", "content"),
  file(`dir/${"n".repeat(300)}`, "long name"),
  file("empty", ""),
  tarEnd(),
]);

test.each([1, 7, 511, 512, 513, 100_000])("an archive in chunks of %d bytes has the same members", async (size) => {
  expect(await read(ARCHIVE, size)).toEqual([
    "dir/ 711",
    "dir/a 644 7 content",
    `dir/${"n".repeat(300)} 644 9 long name`,
    "empty 644 0 ",
  ]);
});

const long = "l".repeat(200);

test.each<[string, Member[], string[]]>([
  [
    "pax paths",
    [
      { name: "x", type: "x", content: paxRecords({ path: "ünï/code", mtime: "1.5" }) },
      { name: "short", content: "x" },
    ],
    ["ünï/code 644 1 x"],
  ],
  [
    "pax sizes",
    [
      { name: "x", type: "x", content: paxRecords({ size: "3" }) },
      { name: "f", content: "abc", size: "0" },
    ],
    ["f 644 3 abc"],
  ],
  [
    "a global header without names",
    [{ name: "g", type: "g", content: paxRecords({ comment: "c" }) }, { name: "f" }],
    ["f 644 0 "],
  ],
  [
    "hard links",
    [
      { name: "a", content: "x" },
      { name: "b", type: "1", linkName: "a" },
    ],
    ["a 644 1 x", "b hard a"],
  ],
  ["symbolic links", [{ name: "b", type: "2", linkName: "../a" }], ["b symbolic ../a"]],
  [
    "long link names",
    [
      { name: "@", type: "K", content: long },
      { name: "b", type: "1" },
    ],
    [`b hard ${long}`],
  ],
  [
    "long link names of pax",
    [
      { name: "x", type: "x", content: paxRecords({ linkpath: long }) },
      { name: "b", type: "2" },
    ],
    [`b symbolic ${long}`],
  ],
  [
    "a long name and a long link name",
    [
      { name: "@", type: "K", content: long },
      { name: "@", type: "L", content: "n" },
      { name: "b", type: "1" },
    ],
    [`n hard ${long}`],
  ],
  ["contiguous files", [{ name: "f", type: "7", content: "c" }], ["f 644 1 c"]],
  [
    "setuid, setgid and sticky",
    [
      { name: "f", mode: 0o7755 },
      { name: "d", mode: 0o7777, type: "5" },
    ],
    ["f 755 0 ", "d 777"],
  ],
  [
    "binary sizes",
    [{ name: "f", content: "ab", size: Buffer.from("800000000000000000000002", "hex") }],
    ["f 644 2 ab"],
  ],
])("%s are read", async (_what, members, expected) => {
  expect(await read(archiveOf(...members))).toEqual(expected);
});

test("names keep bytes that are not UTF-8", async () => {
  const names: Buffer[] = [];
  const listener = { file: async () => ({ write: unused, close: unused, discard: unused }), link: unused };
  const chunks = (async function* () {
    yield archiveOf({ name: "caf\xe9/", type: "5" });
  })();
  await readTar(chunks, { ...listener, directory: async (name) => void names.push(name) });
  expect(names).toEqual([Buffer.from("caf\xe9/", "latin1")]);
});

const unused = async (): Promise<void> => undefined;

test("a size of ten gigabytes fits in the header", () => {
  const header = tarHeader({
    name: Buffer.from("big"),
    type: TAR_FILE,
    mode: 0o644,
    size: 10_000_000_000,
    ownership: undefined,
  });
  expect(header.readBigUInt64BE(128)).toBe(10_000_000_000n);
  expect(header[124]).toBe(0x80);
});

describe("an incomplete archive is an error", () => {
  test.each([
    ["truncated in a header", ARCHIVE.subarray(0, 100)],
    ["truncated in a file", ARCHIVE.subarray(0, 1100)],
    ["without an end", ARCHIVE.subarray(0, ARCHIVE.length - 1024)],
    ["empty", Buffer.alloc(0)],
    ["truncated in a long name", archiveOf({ name: "@", type: "L", content: long }).subarray(0, 600)],
  ])("%s", async (_name, archive) => {
    await expect(read(archive)).rejects.toThrow("the archive is incomplete");
  });

  test("and its last file is discarded", async () => {
    let discarded = false;
    const discard = async () => {
      discarded = true;
    };
    const chunks = (async function* () {
      yield archiveOf({ name: "f", content: "x".repeat(600) }).subarray(0, 700);
    })();
    const writer = { write: unused, close: unused, discard };
    const reading = readTar(chunks, { directory: unused, link: unused, file: async () => writer });
    await expect(reading).rejects.toThrow("incomplete");
    expect(discarded).toBe(true);
  });
});

describe("is an error:", () => {
  test.each<[string, Member[], string | RegExp]>([
    ["a character device", [{ name: "null", type: "3" }], '"null" is a device'],
    ["a block device", [{ name: "sda", type: "4" }], '"sda" is a device'],
    ["a named pipe", [{ name: "pipe", type: "6" }], '"pipe" is a named pipe'],
    ["a sparse file of GNU", [{ name: "holes", type: "S", content: "x" }], '"holes" is a sparse file'],
    [
      "a sparse file of pax",
      [{ name: "x", type: "x", content: paxRecords({ "GNU.sparse.major": "1", path: "h" }) }, { name: "h" }],
      '"h" is a sparse file',
    ],
    ["a volume label", [{ name: "label", type: "V" }], '"label" is of an unknown type ("V")'],
    ["a continued file", [{ name: "more", type: "M", content: "x" }], '"more" is of an unknown type ("M")'],
    ["a type that nobody defined", [{ name: "z", type: "\x01" }], /"z" is of an unknown type/],
    ["a negative size", [{ name: "f", size: Buffer.alloc(12, 0xff) }], "a number of a header is not valid"],
    ["a size over 2^53", [{ name: "f", size: Buffer.from("800000000020000000000000", "hex") }], "number of a header"],
    [
      "a size in the upper bytes",
      [{ name: "f", size: Buffer.from("800100000000000000000000", "hex") }],
      "number of a header",
    ],
    ["a size that is not octal", [{ name: "f", size: "0000000009x" }], "a number of a header is not valid"],
    [
      "a negative size of pax",
      [{ name: "x", type: "x", content: paxRecords({ size: "-1" }) }, { name: "f" }],
      "the size",
    ],
    [
      "a fractional size of pax",
      [{ name: "x", type: "x", content: paxRecords({ size: "1e3" }) }, { name: "f" }],
      "the size",
    ],
    [
      "a size of pax over 2^53",
      [{ name: "x", type: "x", content: paxRecords({ size: "9007199254740993" }) }, { name: "f" }],
      "the size",
    ],
    [
      "a record of pax past the end",
      [{ name: "x", type: "x", content: "99 path=a\n" }, { name: "f" }],
      "extended header",
    ],
    [
      "a record of pax without a value",
      [{ name: "x", type: "x", content: "7 path\n" }, { name: "f" }],
      "extended header",
    ],
    ["a record of pax of no length", [{ name: "x", type: "x", content: "0 a=b\n" }, { name: "f" }], "extended header"],
    [
      "a global header with a name",
      [{ name: "g", type: "g", content: paxRecords({ path: "p" }) }, { name: "f" }],
      "global header",
    ],
    [
      "a chain of extended headers",
      Array.from({ length: 10 }, () => ({ name: "@", type: "L", content: "n" })),
      "too many extended headers",
    ],
  ])("%s", async (_what, members, message) => {
    await expect(read(archiveOf(...members))).rejects.toThrow(message);
  });

  test("a damaged header", async () => {
    const damaged = Buffer.from(ARCHIVE);
    damaged[0] = 0x7a;
    await expect(read(damaged)).rejects.toThrow("checksum");
  });
});

/** Yields a header, then chunks of its content up to 6 GiB, and counts them. */
function huge(type: string, size: string | Buffer) {
  const state = { sent: 0, largest: 0 };
  const chunk = Buffer.alloc(1 << 20, "n");
  async function* chunks(): AsyncGenerator<Buffer> {
    yield member({ name: "@", type, size });
    for (; state.sent < 6 * 2 ** 30; state.sent += chunk.length) {
      state.largest = Math.max(state.largest, process.memoryUsage().rss);
      yield chunk;
    }
  }
  return { state, chunks };
}

describe("of 6 GiB that a member announces, nothing is held:", () => {
  test.each(["L", "K", "x", "g"])("an extended header of type %s ends the stream", async (type) => {
    const { state, chunks } = huge(type, "60000000000");
    await expect(readStream(chunks())).rejects.toThrow("a name or extended header of 6442450944 bytes");
    expect(state.sent).toBe(0);
  });

  test("a file passes through", async () => {
    const before = process.memoryUsage().rss;
    const { state, chunks } = huge("0", "60000000000");
    let written = 0;
    const write = async (bytes: Buffer) => {
      written += bytes.length;
    };
    const writer = { write, close: unused, discard: unused };
    const reading = readTar(chunks(), { directory: unused, link: unused, file: async () => writer });
    await expect(reading).rejects.toThrow("incomplete");
    expect(written).toBe(6 * 2 ** 30);
    expect(state.largest - before).toBeLessThan(100 * 2 ** 20);
  });

  test("data after the end of the archive ends the stream", async () => {
    let sent = 0;
    async function* chunks(): AsyncGenerator<Buffer> {
      yield archiveOf({ name: "f" });
      for (; sent < 6 * 2 ** 30; sent += 1 << 20) yield Buffer.alloc(1 << 20);
    }
    await expect(readStream(chunks())).rejects.toThrow("data follows its end");
    expect(sent).toBeLessThanOrEqual(2 << 20);
  });
});
