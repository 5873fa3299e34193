/** A block of a PEM file (RFC 1421). */
export interface PemBlock {
  /** The words after BEGIN, for example `RSA PRIVATE KEY`. */
  readonly type: string;
  /** Headers such as `Proc-Type: 4,ENCRYPTED`. */
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Buffer;
}

const BEGIN = "-----BEGIN ";
const END = "\n-----END ";
const DASHES = "-----";

/**
 * Returns the first complete block; undefined when there is none. As in Go, on which Packer's verdict about a key file depends, other text
 * may be before and after the block, and damaged blocks are skipped.
 */
export function firstPemBlock(text: string): PemBlock | undefined {
  for (let from = 0; ; ) {
    const end = text.indexOf(END, from);
    if (end < 0) return undefined;
    const begin = text.lastIndexOf(BEGIN, end);
    if (begin >= from && (begin === 0 || text[begin - 1] === "\n")) {
      const block = readBlock(text.slice(begin + BEGIN.length, end + 1), text.slice(end + END.length));
      if (block) return block;
    }
    from = end + END.length;
  }
}

/** `inner`: from the type to the newline before END. `rest`: what follows END. */
function readBlock(inner: string, rest: string): PemBlock | undefined {
  const [first = "", ...lines] = inner.split("\n").map((line) => line.trimEnd());
  if (!first.endsWith(DASHES)) return undefined;
  const type = first.slice(0, -DASHES.length);
  const lastLine = rest.split("\n", 1)[0] ?? "";
  if (lastLine.trimEnd() !== type + DASHES) return undefined;
  const headers = new Map<string, string>();
  let body = 0;
  for (; lines[body]?.includes(":"); body++) {
    const [key = "", ...value] = (lines[body] ?? "").split(":");
    headers.set(key.trim(), value.join(":").trim());
  }
  const data = lines
    .slice(body)
    .join("")
    .replace(/[ \t\r]/g, "");
  if (data.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(data)) return undefined;
  return { type, headers, bytes: Buffer.from(data, "base64") };
}
