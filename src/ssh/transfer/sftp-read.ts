import type { SFTPWrapper } from "ssh2";
import { promised } from "./sftp-session.js";

/** Bytes of one read, and number of parallel reads of one file. */
const PIECE = 32_768;
const AHEAD = 64;

/** Number of reads that the files of a session may have in flight together, in addition to one for each file. */
export interface ReadBudget {
  left: number;
}

/** Returns a budget of 32 MiB: a session reads many files in parallel, and each read has a buffer. */
export function readBudget(): ReadBudget {
  return { left: 1024 };
}

/** Yields a file's content in order, with read-ahead to one read after its `size`. A file that has grown is read to its end. */
export async function* contentOf(
  sftp: SFTPWrapper,
  { path, size }: { readonly path: string; readonly size: number },
  budget: ReadBudget,
): AsyncGenerator<Buffer> {
  const handle = await promised<Buffer>((done) => sftp.open(path, "r", done));
  const reads: { readonly at: number; readonly piece: Promise<Buffer> }[] = [];
  let next = 0;
  const readAhead = (): void => {
    // Files of /proc have content and no size: then one read at a time shows where they end.
    while (reads.length === 0 || (reads.length < AHEAD && next < size + PIECE && budget.left > 0)) {
      if (reads.length > 0) budget.left -= 1;
      const piece = readAt(sftp, handle, next, PIECE);
      piece.catch(() => undefined);
      reads.push({ at: next, piece });
      next += PIECE;
    }
  };
  try {
    for (;;) {
      readAhead();
      const first = reads.shift();
      if (reads.length > 0) budget.left += 1;
      let piece = (await first?.piece) ?? Buffer.alloc(0);
      if (piece.length === 0) return;
      yield piece;
      // Servers may return fewer bytes than requested. Then the rest is requested.
      for (let got = piece.length; first && got < PIECE; got += piece.length) {
        piece = await readAt(sftp, handle, first.at + got, PIECE - got);
        if (piece.length === 0) return;
        yield piece;
      }
    }
  } finally {
    budget.left += Math.max(0, reads.length - 1);
    await promised((done) => sftp.close(handle, done)).catch(() => undefined);
  }
}

/** Returns up to `length` bytes; none at the end of the file. */
function readAt(sftp: SFTPWrapper, handle: Buffer, at: number, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const buffer = Buffer.allocUnsafe(length);
    sftp.read(handle, buffer, 0, length, at, (error, bytes) => {
      if (error && !isEndOfFile(error)) reject(error);
      else resolve(error ? Buffer.alloc(0) : buffer.subarray(0, bytes));
    });
  });
}

/** SSH_FX_EOF of the SFTP protocol. */
const SFTP_EOF = 1;

/** Returns whether an error of an SFTP request is the end of a file or directory. */
export function isEndOfFile(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === SFTP_EOF;
}
