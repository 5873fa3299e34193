/**
 * Splits a stream of text into lines as Packer shows them: without trailing white space; of a line with carriage returns
 * (a progress bar) only the text after the last one. Lines over `limit` characters are split into several.
 */
export function lineSplitter(
  onLine: (line: string) => void,
  limit = 16_384,
): { push(text: string): void; end(): void } {
  let rest = "";
  const emit = (line: string) => onLine(line.trimEnd().split("\r").at(-1) ?? "");
  return {
    push(text) {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) emitLong(part, limit, emit);
      while (rest.length > limit) {
        emit(rest.slice(0, limit));
        rest = rest.slice(limit);
      }
    },
    end() {
      if (rest !== "") emitLong(rest, limit, emit);
      rest = "";
    },
  };
}

function emitLong(line: string, limit: number, emit: (line: string) => void): void {
  if (line === "") emit(line);
  for (let i = 0; i < line.length; i += limit) emit(line.slice(i, i + limit));
}

/** Formats a duration with its two largest units, as Packer prints it: `4 minutes 12 seconds`, `350 milliseconds`. */
export function formatDuration(ms: number): string {
  const units: [string, number][] = [
    ["hour", 3_600_000],
    ["minute", 60_000],
    ["second", 1000],
    ["millisecond", 1],
  ];
  const parts: string[] = [];
  let left = Math.max(0, Math.round(ms));
  for (const [name, size] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? "" : "s"}`);
  }
  return parts.slice(0, 2).join(" ") || "0 milliseconds";
}

/**
 * Quotes `text` for a POSIX shell. csh, tcsh and fish read the word alike (without a newline in it): in single quotes, csh expands `!`,
 * and fish `\\`.
 */
export function shellQuote(text: string): string {
  return `'${text.replace(/['!\\]/g, "'\\$&'")}'`;
}
