import { createReadStream } from "node:fs";
import { Zip, ZipDeflate } from "fflate";

/** A file of an archive: where it is, and what it is called there. */
export interface ArchiveMember {
  readonly path: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
}

/** Beyond this a zip file needs extensions of the format that are not written, in bytes. */
export const ZIP_LIMIT = 0xffff_ffff;

/** A zip archive of the files, in pieces as it is made. `level` is 1 to 9. */
export async function* zipArchive(members: readonly ArchiveMember[], level: number): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = [];
  let failure: Error | undefined;
  const zip = new Zip((error, piece) => {
    if (error) failure = error;
    else ready.push(piece);
  });
  const take = () => {
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
      yield* take();
    }
    file.push(new Uint8Array(0), true);
    yield* take();
  }
  zip.end();
  yield* take();
}

function deflateLevel(level: number): 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 {
  const levels = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
  return levels.find((each) => each === level) ?? 6;
}
