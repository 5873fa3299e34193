import { inflateRawSync } from "node:zlib";

/** A file of a zip archive as its central directory describes it. */
interface ZipMember {
  readonly name: string;
  /** File type and permission bits of Unix, in octal. */
  readonly mode: string;
  readonly data: Buffer;
}

/** Returns the files of a zip archive by its central directory (APPNOTE 4.3.12 and 4.3.16). No comment, no Zip64. */
export function readZip(archive: Buffer): ZipMember[] {
  const end = archive.length - 22;
  expectSignature(archive, end, 0x06054b50);
  const members: ZipMember[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    expectSignature(archive, at, 0x02014b50);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => archive.readUInt16LE(at + field));
    const name = archive.toString("utf8", at + 46, at + 46 + (nameLength ?? 0));
    members.push({ name, mode: (archive.readUInt32LE(at + 38) >>> 16).toString(8), data: contents(archive, at) });
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
  }
  if (at !== end) throw new Error("The central directory does not end where its last record starts");
  return members;
}

/** Returns the inflated contents of the file that the central directory's record at `record` describes. */
function contents(archive: Buffer, record: number): Buffer {
  const [method, packed, size] = [
    archive.readUInt16LE(record + 10),
    archive.readUInt32LE(record + 20),
    archive.readUInt32LE(record + 24),
  ];
  const local = archive.readUInt32LE(record + 42);
  expectSignature(archive, local, 0x04034b50);
  const begin = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const bytes = archive.subarray(begin, begin + packed);
  const data = method === 8 ? inflateRawSync(bytes) : bytes;
  if (data.length !== size) throw new Error(`${data.length} bytes where the central directory says ${size}`);
  return data;
}

function expectSignature(archive: Buffer, at: number, signature: number): void {
  if (archive.readUInt32LE(at) !== signature) throw new Error(`No zip record ${signature.toString(16)} at byte ${at}`);
}
