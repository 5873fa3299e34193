import { createReadStream } from "node:fs";
import { Zip, ZipDeflate } from "fflate";

/** A file of an archive: its path on disk, and its name in the archive. */
export interface ArchiveMember {
  readonly path: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
}

/** Largest file in a zip file, in bytes: Zip64 is not supported. */
export const ZIP_LIMIT = 0xffff_ffff;

/** Creates a zip archive of the files as a stream. `level` is 1 to 9. */
export async function* zipArchive(members: readonly ArchiveMember[], level: number): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = [];
  let failure: Error | undefined;
  const zip = new Zip((error, piece) => {
    if (error) failure = error;
    else ready.push(piece);
  });
  const drain = () => {
    if (failure) throw failure;
    return ready.splice(0);
  };
  for (const { path, name, mode } of members) {
    const file = new ZipDeflate(name, { level: deflateLevel(level) });
    // Unix: a regular file with its permission bits.
    file.os = 3;
    file.attrs = (0o100_000 | mode) << 16;
    zip.add(file);
    for await (const piece of createReadStream(path)) {
      file.push(piece);
      yield* drain();
    }
    file.push(new Uint8Array(0), true);
    yield* drain();
  }
  zip.end();
  yield* drain();
}

function deflateLevel(level: number): 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 {
  const levels = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
  return levels.find((each) => each === level) ?? 6;
}
