/** The table of docs/reliability.md: API calls down, kinds of fault across. */
import { KINDS } from "./kinds.mjs";

/** Rows that were played, as a Markdown table: how many were right of how many played, by call and kind. */
export function table(played, kinds = Object.keys(KINDS)) {
  const line = (name, rows) =>
    `| ${[name, ...kinds.map((kind) => cell(rows.filter((row) => row.kind === kind)))].join(" | ")} |`;
  const actions = [...new Set(played.map(({ action }) => action))].sort();
  return [
    `| API call | ${kinds.join(" | ")} |`,
    `| --- | ${kinds.map(() => "---:").join(" | ")} |`,
    ...actions.map((action) =>
      line(
        `\`${action}\``,
        played.filter((row) => row.action === action),
      ),
    ),
    line("**all**", played),
  ].join("\n");
}

/** `12` when all of 12 rows were right, `10 of 12` otherwise. */
function cell(rows) {
  const right = rows.filter(({ problems }) => problems.length === 0).length;
  if (rows.length === 0) return "";
  return right === rows.length ? String(right) : `**${right} of ${rows.length}**`;
}
