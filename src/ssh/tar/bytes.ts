/** Reads a stream of chunks by numbers of bytes. */
export interface ByteReader {
  /** Returns exactly `length` bytes; undefined when the stream ends before. */
  read(length: number): Promise<Buffer | undefined>;
  /** Returns between one and `most` bytes; undefined at the end. */
  some(most: number): Promise<Buffer | undefined>;
  /** Skips `length` bytes. Returns false when the stream ends before. */
  skip(length: number): Promise<boolean>;
  /** Skips the rest. Returns false, at once, when more than `most` bytes follow. */
  drain(most: number): Promise<boolean>;
}

/** Returns a reader that holds one chunk. `read` also holds what it returns, so callers limit its length. */
export function byteReader(chunks: AsyncIterable<Buffer>): ByteReader {
  const source = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const some = async (most: number): Promise<Buffer | undefined> => {
    while (rest.length === 0) {
      const next = await source.next();
      if (next.done) return undefined;
      rest = next.value;
    }
    const piece = rest.subarray(0, most);
    rest = rest.subarray(piece.length);
    return piece;
  };
  return {
    some,
    async skip(length) {
      for (let left = length; left > 0; ) {
        const piece = await some(left);
        if (!piece) return false;
        left -= piece.length;
      }
      return true;
    },
    async read(length) {
      const pieces: Buffer[] = [];
      for (let left = length; left > 0; ) {
        const piece = await some(left);
        if (!piece) return undefined;
        pieces.push(piece);
        left -= piece.length;
      }
      const [first] = pieces;
      return first && pieces.length === 1 ? first : Buffer.concat(pieces);
    },
    async drain(most) {
      for (let got = 0; got <= most; ) {
        const piece = await some(most + 1);
        if (!piece) return true;
        got += piece.length;
      }
      return false;
    },
  };
}
