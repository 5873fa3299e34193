/** The tables of docs/reliability.md: a row for each API call, a column for each kind of fault. */
import { KINDS } from "./kinds.mjs";

/** Returns a Markdown table of the rows that ran: how many were right, by call and kind. */
export function table(completed, kinds = Object.keys(KINDS)) {
  const line = (name, rows) =>
    `| ${[name, ...kinds.map((kind) => cell(rows.filter((row) => row.kind === kind)))].join(" | ")} |`;
  const actions = [...new Set(completed.map(({ action }) => action))].sort();
  return [
    `| API call | ${kinds.join(" | ")} |`,
    `| --- | ${kinds.map(() => "---:").join(" | ")} |`,
    ...actions.map((action) =>
      line(
        `\`${action}\``,
        completed.filter((row) => row.action === action),
      ),
    ),
    line("**all**", completed),
  ].join("\n");
}

/** Returns `12` if all of 12 rows were right, `**10 of 12**` otherwise. */
function cell(rows) {
  const right = rows.filter(({ problems }) => problems.length === 0).length;
  if (rows.length === 0) return "";
  return right === rows.length ? String(right) : `**${right} of ${rows.length}**`;
}
