/** The table of docs/reliability.md: API calls down, kinds of fault across. */
import { KINDS } from "./kinds.mjs";

/** Rows that were played, as a Markdown table: how many were right of how many played, by call and kind. */
export function table(played, calls) {
  const kinds = Object.keys(KINDS);
  const names = [
    ...new Set([...calls.map(nameOf), ...played.map((row) => nameOf(row.struck ?? calls[row.at.seq - 1]))]),
  ];
  const lines = names.map((name) => {
    const cells = kinds.map((kind) =>
      cell(played.filter((row) => row.kind === kind && nameOf(row.struck ?? calls[row.at.seq - 1]) === name)),
    );
    return `| ${name} | ${cells.join(" | ")} |`;
  });
  const sums = kinds.map((kind) => cell(played.filter((row) => row.kind === kind)));
  return [
    `| API call | ${kinds.join(" | ")} |`,
    `| --- | ${kinds.map(() => "---:").join(" | ")} |`,
    ...lines,
    `| **all** | ${sums.join(" | ")} |`,
  ].join("\n");
}

function nameOf(call) {
  return call ? call.action : "(not reached)";
}

/** `12` when all of 12 rows were right, `10 of 12` otherwise. */
function cell(rows) {
  const right = rows.filter(({ problems }) => problems.length === 0).length;
  if (rows.length === 0) return "";
  return right === rows.length ? String(right) : `**${right} of ${rows.length}**`;
}
