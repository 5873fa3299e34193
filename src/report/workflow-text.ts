/** Returns a workflow command as one line for stdout ("Workflow commands for GitHub Actions"). */
export function workflowCommand(
  name: string,
  message: string,
  properties: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const given = Object.entries(properties).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${escapeProperty(String(value))}`],
  );
  return `::${name}${given.length > 0 ? ` ${given.join(",")}` : ""}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** The beginning of a line, with what the runner skips there: white space, as .NET has it. Colors are skipped for readers of other kinds. */
const COMMAND_AT_START = /^((?:[\s\u0085]|\u001b\[[\d;]*m)*):((?:\u001b\[[\d;]*m)*)(?=:)/gm;

/**
 * Returns text, of one or several lines, in which the runner finds no command. It reads `::name::` at the beginning of a line (after
 * white space) and `##[name]` anywhere.
 */
export function neutral(text: string): string {
  return text.replace(/##(?=\[)/g, "##\u200b").replace(COMMAND_AT_START, "$1:\u200b$2");
}
