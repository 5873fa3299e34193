import { folded, prose } from "./escape.js";

/** More rows than this are folded. */
export const OPEN_ROWS = 8;

/** Least width of a column whose text wraps, in pixels: on a phone the table scrolls instead of breaking at each word. */
const WRAPPING_WIDTH = 220;

/** A column of a table: its header, and whether its text wraps (ids, Regions and numbers do not). */
export type Column = string | { readonly title: string; readonly wraps: true };

/** A foreign id or name in a fixed-width font. It does not wrap at hyphens as `<code>` does on GitHub. */
export function idCell(text: string): string {
  return `<samp>${prose(text)}</samp>`;
}

/** A foreign name in a fixed-width font that may wrap. */
export function nameCell(text: string): string {
  return `<code>${prose(text)}</code>`;
}

/** A link in HTML; `url` must be ours, its parts URL-encoded. `label` is HTML already escaped. */
export function anchor(label: string, url: string | undefined): string {
  return url === undefined ? label : `<a href="${url.replace(/[&"<>\s]/g, escapeAttribute)}">${label}</a>`;
}

function escapeAttribute(char: string): string {
  return `&#${char.charCodeAt(0)};`;
}

/**
 * A table of HTML cells, one line a row. It is HTML because a Markdown table cannot keep ids from wrapping. No cell may
 * have a line break.
 */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const head = columns.map((column) =>
    typeof column === "string" ? `<th>${column}</th>` : `<th width="${WRAPPING_WIDTH}">${column.title}</th>`,
  );
  const cell = (html: string, index: number) =>
    typeof columns[index] === "object" ? `<td>${html}</td>` : `<td nowrap>${html}</td>`;
  const lines = rows.map((cells) => `<tr>${cells.map(cell).join("")}</tr>`);
  return ["<table>", `<thead><tr>${head.join("")}</tr></thead>`, "<tbody>", ...lines, "</tbody>", "</table>"].join(
    "\n",
  );
}

/** What a long table shows. */
export interface TableOptions {
  /** The line to click if the table is folded. HTML already escaped. */
  readonly summary: string;
  /** Rows that are shown; the rest is counted. */
  readonly most: number;
  /** The number of all rows, if `rows` does not hold all of them. */
  readonly all?: number;
}

type Rows = readonly (readonly string[])[];

/** A table that is cut beyond `most` rows. */
export function cutTable(
  columns: readonly Column[],
  rows: Rows,
  { most, all = rows.length }: Omit<TableOptions, "summary">,
): string {
  const shown = rows.slice(0, most);
  return table(columns, shown) + (all > shown.length ? `\n\n… and ${all - shown.length} more.` : "");
}

/** A table that is folded beyond eight rows, and cut beyond `most`. Empty without rows. */
export function longTable(columns: readonly Column[], rows: Rows, options: TableOptions): string {
  if (rows.length === 0) return "";
  const shown = cutTable(columns, rows, options);
  return rows.length > OPEN_ROWS ? folded(options.summary, shown) : shown;
}
