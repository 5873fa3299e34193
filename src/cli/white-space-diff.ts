/** Number of unchanged lines around a change. */
const AROUND = 3;

/**
 * Returns a unified diff of two texts with the same number of lines (formatting changes only white space, and neither adds nor
 * removes lines).
 */
export function whiteSpaceDiff(file: string, before: string, after: string): string {
  const old = before.split("\n");
  const now = after.split("\n");
  const out = [`--- old/${file}`, `+++ new/${file}`];
  for (const [first, last] of hunks(old, now)) {
    const count = last - first + 1;
    out.push(`@@ -${first + 1},${count} +${first + 1},${count} @@`);
    for (let line = first; line <= last; ) {
      const end = changedUntil(old, now, line, last);
      if (end === line) {
        out.push(` ${old[line] ?? ""}`);
        line += 1;
        continue;
      }
      out.push(...old.slice(line, end).map((text) => `-${text}`), ...now.slice(line, end).map((text) => `+${text}`));
      line = end;
    }
  }
  return out.join("\n");
}

/** Returns the first and the last line of each hunk: changes with the lines around them. */
function hunks(old: readonly string[], now: readonly string[]): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  old.forEach((text, line) => {
    if (text === now[line]) return;
    const first = Math.max(0, line - AROUND);
    const last = Math.min(old.length - 1, line + AROUND);
    const previous = found.at(-1);
    if (previous && previous[1] >= first - 1) previous[1] = last;
    else found.push([first, last]);
  });
  return found;
}

/** Returns the line after the changed lines that begin at `from`; `from` if that line is unchanged. */
function changedUntil(old: readonly string[], now: readonly string[], from: number, last: number): number {
  let line = from;
  while (line <= last && old[line] !== now[line]) line += 1;
  return line;
}
