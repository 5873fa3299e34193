/** A workflow command as one line for stdout ("Workflow commands for GitHub Actions"). */
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

/**
 * Foreign text, of one or several lines, that no runner takes for a command: `::name::` counts at the beginning of a line (after
 * white space), `##[name]` anywhere.
 */
export function neutral(text: string): string {
  return text.replace(/##(?=\[)/g, "##\u200b").replace(/^(\s*):(?=:)/gm, "$1:\u200b");
}
