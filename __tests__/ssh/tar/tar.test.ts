import { describe, expect, test } from "@jest/globals";
import { TAR_DIRECTORY, TAR_FILE, tarEnd, tarHeader } from "../../../src/ssh/tar/header.js";
import { readTar } from "../../../src/ssh/tar/reader.js";
import { pathBelow } from "../../../src/ssh/transfer/local-destination.js";

/** Reads an archive in chunks of `size` bytes. Returns its members. */
async function read(archive: Buffer, size = archive.length): Promise<readonly string[]> {
  const found: string[] = [];
  const pieces = async function* () {
    for (let at = 0; at < archive.length; at += size) yield archive.subarray(at, at + size);
  };
  await readTar(pieces(), {
    async directory(name, mode) {
      found.push(`${name} ${mode.toString(8)}`);
    },
    async file(name, mode, length) {
      const content: Buffer[] = [];
      return {
        write: async (bytes) => void content.push(Buffer.from(bytes)),
        close: async () => void found.push(`${name} ${mode.toString(8)} ${length} ${Buffer.concat(content)}`),
      };
    },
  });
  return found;
}

function file(name: string, content: string): Buffer {
  const header = tarHeader({
    name: Buffer.from(name),
    type: TAR_FILE,
    mode: 0o644,
    size: content.length,
    ownership: undefined,
  });
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body]);
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

test("pax paths and sizes are read", async () => {
  const record = (key: string, value: string) => {
    const length = key.length + Buffer.byteLength(value) + 3;
    const digits = String(length + String(length).length).length;
    return `${length + digits} ${key}=${value}\n`;
  };
  const body = record("path", "ünï/code") + record("mtime", "1.5");
  const pax = file("PaxHeaders/x", body);
  pax.write("x", 156);
  pax.fill(" ", 148, 156);
  const sum = pax.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  pax.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  expect(await read(Buffer.concat([pax, file("short", "x"), tarEnd()]))).toEqual(["ünï/code 644 1 x"]);
});

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
  ])("%s", async (_name, archive) => {
    await expect(read(archive)).rejects.toThrow("the archive is incomplete");
  });

  test("with a damaged header", async () => {
    const damaged = Buffer.from(ARCHIVE);
    damaged[0] = 0x7a;
    await expect(read(damaged)).rejects.toThrow("checksum");
  });
});

describe("names from the machine", () => {
  test.each([
    ["a/b", "/root/a/b"],
    ["./a//b/.", "/root/a/b"],
    ["/etc/passwd", "/root/etc/passwd"],
    ["", "/root"],
  ])("%j stays below the destination", (name, expected) => {
    expect(pathBelow("/root", name)).toBe(expected);
  });

  test.each(["../x", "a/../../x", "..", "a\0b"])("%j is rejected", (name) => {
    expect(() => pathBelow("/root", name)).toThrow("points outside the destination");
  });
});
