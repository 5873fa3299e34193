import { describe, expect, test } from "@jest/globals";
import { readListing } from "../../../src/ssh/transfer/listing.js";

async function* chunksOf(content: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

const unchecked = () => undefined;

async function remainder(chunks: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const chunk of chunks) pieces.push(chunk);
  return Buffer.concat(pieces).toString();
}

const LISTED = Buffer.from(
  "listing\n./app\0./app/sub\0\0./app/f\0./app/caf\xe9\0\0./app/run\0./app/run\0\0the archive",
  "latin1",
);

describe.each([1, 3, 7, 1000])("a listing in chunks of %d bytes", (size) => {
  test("is read, and the rest is what follows", async () => {
    const { listing, rest } = await readListing(chunksOf(LISTED, size), unchecked);
    expect(listing?.take(["app"], "directory")).toEqual({ executable: false });
    expect(listing?.take(["app", "f"], "file")).toEqual({ executable: false });
    expect(listing?.take(["app", "caf\xe9"], "file")).toEqual({ executable: false });
    expect(await remainder(rest)).toBe("the archive");
  });

  test("of a machine without find is undefined", async () => {
    const { listing, rest } = await readListing(chunksOf(Buffer.from("unlisted\nthe archive"), size), unchecked);
    expect(listing).toBeUndefined();
    expect(await remainder(rest)).toBe("the archive");
  });
});

test("a name is taken as often as it is listed, and only as its kind", async () => {
  const { listing } = await readListing(chunksOf(LISTED, 100), unchecked);
  expect(listing?.take(["app", "run"], "directory")).toBeUndefined();
  expect(listing?.take(["app", "run"], "file")).toEqual({ executable: true });
  expect(listing?.take(["app", "run"], "file")).toEqual({ executable: true });
  expect(listing?.take(["app", "run"], "file")).toBeUndefined();
  expect(listing?.take(["other"], "file")).toBeUndefined();
  expect(listing?.left()).toEqual({ count: 4, example: "app" });
});

test.each([
  ["nothing", "", "the listing of the source is incomplete"],
  ["half a listing", "listing\n./app\0", "the listing of the source is incomplete"],
  ["text of a login shell", "Welcome!\n", 'the machine sent "Welcome!" before the listing of the source'],
  ["a name outside", "listing\n../x\0\0\0\0", "points outside"],
])("%s is an error", async (_what, content, message) => {
  await expect(readListing(chunksOf(Buffer.from(content), 100), unchecked)).rejects.toThrow(message);
});

test("every name is checked before the listing is returned", async () => {
  const checked: string[] = [];
  const reading = readListing(chunksOf(LISTED, 100), (parts) => {
    checked.push(parts.join("/"));
    if (parts.at(-1) === "run") throw new Error("refused");
  });
  await expect(reading).rejects.toThrow("refused");
  expect(checked).toEqual(["app", "app/sub", "app/f", "app/caf\xe9", "app/run"]);
});

test("names without end are not held", async () => {
  const before = process.memoryUsage().rss;
  let largest = 0;
  let sent = 0;
  async function* names(): AsyncGenerator<Buffer> {
    yield Buffer.from("listing\n");
    const batch = Buffer.from("./app/name\0".repeat(10_000));
    for (; sent < 6 * 2 ** 30; sent += batch.length) {
      largest = Math.max(largest, process.memoryUsage().rss);
      yield batch;
    }
  }
  await expect(readListing(names(), unchecked)).rejects.toThrow("more than 500000 files");
  expect(sent).toBeLessThan(10 * 2 ** 20);
  expect(largest - before).toBeLessThan(100 * 2 ** 20);
});
