import { byteReader } from "../tar/bytes.js";
import { nameCounter, receivedParts, shown } from "./received-name.js";

/** Bytes of one path. The longest on Linux has 4096 bytes. */
const LONGEST_PATH = 1 << 20;

/** Names of the source, taken before its files are sent. */
export interface SourceListing {
  /**
   * Takes a name from the listing, each as often as it is listed. Returns undefined when it is not listed (again), else whether a file was
   * listed as executable.
   */
  take(parts: readonly string[], kind: "file" | "directory"): { readonly executable: boolean } | undefined;
  /** Returns how many listed names were not taken, and one of them. */
  left(): { readonly count: number; readonly example: string | undefined };
}

/** First lines of the output of `listingScript`: a listing follows, or the machine has no `find`. */
const LISTED = "listing\n";
const NOT_LISTED = "unlisted\n";

/**
 * Returns script lines that print the listing of `roots`, a shell function that runs `find` with its arguments on every path. There are
 * three lists with names that end in NUL: directories, files, executable files. Each list ends with an empty name.
 */
export function listingScript(roots: string): readonly string[] {
  const executable = "\\( -perm -100 -o -perm -010 -o -perm -001 \\)";
  return [
    "if command -v find >/dev/null 2>&1 && find / -prune -print0 >/dev/null 2>&1; then",
    `  printf '${JSON.stringify(LISTED).slice(1, -1)}'`,
    ...["-type d", `-type f ! ${executable}`, `-type f ${executable}`].map(
      (tests) => `  ${roots} ${tests}; printf '\\0'`,
    ),
    "else",
    `  printf '${JSON.stringify(NOT_LISTED).slice(1, -1)}'`,
    "fi",
  ];
}

/**
 * Reads the listing at the start of a stream. Returns it (undefined when the machine cannot list) and the rest of the stream. Throws a
 * `BakeError` for a name that `check` or `receivedParts` refuses, and an `Error` for a listing that is incomplete or too long.
 */
export async function readListing(
  chunks: AsyncIterable<Buffer>,
  check: (parts: readonly string[]) => void,
): Promise<{ readonly listing: SourceListing | undefined; readonly rest: AsyncIterable<Buffer> }> {
  const names = nameReader(chunks);
  const first = await names.until(0x0a, LONGEST_PATH);
  if (`${first}\n` === NOT_LISTED) return { listing: undefined, rest: names.rest() };
  if (`${first}\n` !== LISTED) throw new Error(`the machine sent ${shown(first)} before the listing of the source`);
  const entries = new Map<string, { count: number; executable: boolean }>();
  const count = nameCounter();
  for (const [kind, executable] of [
    ["directory", false],
    ["file", false],
    ["file", true],
  ] as const) {
    for (;;) {
      const name = await names.until(0, LONGEST_PATH);
      if (name.length === 0) break;
      count(name);
      const parts = receivedParts(name);
      check(parts);
      const key = keyOf(parts, kind);
      const entry = entries.get(key);
      // Two matches of a glob can have one name.
      entries.set(key, { count: (entry?.count ?? 0) + 1, executable: executable || (entry?.executable ?? false) });
    }
  }
  return { listing: listingOf(entries), rest: names.rest() };
}

function listingOf(entries: Map<string, { count: number; executable: boolean }>): SourceListing {
  return {
    take(parts, kind) {
      const key = keyOf(parts, kind);
      const entry = entries.get(key);
      if (!entry || entry.count === 0) return undefined;
      entry.count -= 1;
      return { executable: entry.executable };
    },
    left() {
      const left = [...entries].filter(([, { count }]) => count > 0);
      return { count: left.length, example: left[0]?.[0].replace(/\/$/, "") };
    },
  };
}

function keyOf(parts: readonly string[], kind: "file" | "directory"): string {
  return parts.join("/") + (kind === "directory" ? "/" : "");
}

/** Reads texts that end with a byte, then the rest of a stream. */
function nameReader(chunks: AsyncIterable<Buffer>) {
  const input = byteReader(chunks);
  let held: Buffer = Buffer.alloc(0);
  return {
    async until(end: number, most: number): Promise<Buffer> {
      const pieces: Buffer[] = [];
      for (let length = 0; ; ) {
        const at = held.indexOf(end);
        const piece = at === -1 ? held : held.subarray(0, at);
        pieces.push(piece);
        length += piece.length;
        if (length > most) throw new Error("the listing of the source has a name that is too long");
        if (at !== -1) {
          held = held.subarray(at + 1);
          return Buffer.concat(pieces);
        }
        const next = await input.some(1 << 20);
        if (!next) throw new Error("the listing of the source is incomplete");
        held = next;
      }
    },
    async *rest(): AsyncGenerator<Buffer> {
      if (held.length > 0) yield held;
      for (let next = await input.some(1 << 20); next; next = await input.some(1 << 20)) yield next;
    },
  };
}
