import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";

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

/**
 * Appends `key` and `value` to one of the runner's command files (GITHUB_OUTPUT, GITHUB_STATE), at once and synchronously: what
 * was appended is there for the runner even when the process is killed next.
 */
export function appendToFile(path: string, key: string, value: string): void {
  const delimiter = `end_${randomUUID()}`;
  appendFileSync(path, `${key}<<${delimiter}\n${value}\n${delimiter}\n`);
}

/**
 * Sets outputs in the file `path` (GITHUB_OUTPUT) with GitHub's toolkit; outside a runner nobody reads them. The toolkit is loaded only
 * here, because loading it takes longer than to report wrong inputs. It reads the environment of the process.
 */
export async function writeOutputs(path: string | undefined, outputs: Readonly<Record<string, string>>): Promise<void> {
  if (!path) return;
  const { setOutput } = await import("@actions/core");
  process.env.GITHUB_OUTPUT = path;
  appendFileSync(path, ""); // The toolkit refuses a file that does not exist.
  for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
}

/** Adds Markdown to the step's summary (GITHUB_STEP_SUMMARY). */
export function writeSummary(path: string | undefined, markdown: string): void {
  if (path) appendFileSync(path, `${markdown}\n`);
}
