import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";

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

/**
 * Returns text, of one or several lines, in which the runner finds no command. It reads `::name::` at the beginning of a line (after
 * white space) and `##[name]` anywhere.
 */
export function neutral(text: string): string {
  return text.replace(/##(?=\[)/g, "##\u200b").replace(/^(\s*):(?=:)/gm, "$1:\u200b");
}

/**
 * Appends `key` and `value` to a command file of the runner (GITHUB_OUTPUT, GITHUB_STATE). It writes synchronously, so the value is
 * not lost if the process is killed.
 */
export function appendToFile(path: string, key: string, value: string): void {
  const delimiter = `end_${randomUUID()}`;
  appendFileSync(path, `${key}<<${delimiter}\n${value}\n${delimiter}\n`);
}

/**
 * Sets outputs in the file `path` (GITHUB_OUTPUT) with GitHub's toolkit; does nothing outside a runner. The toolkit is loaded only here,
 * because loading it takes longer than reporting invalid inputs. It reads the environment of the process.
 */
export async function writeOutputs(path: string | undefined, outputs: Readonly<Record<string, string>>): Promise<void> {
  if (!path) return;
  const { setOutput } = await import("@actions/core");
  process.env.GITHUB_OUTPUT = path;
  appendFileSync(path, ""); // The toolkit refuses a file that does not exist.
  for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
}

/** Appends Markdown to the summary of the step (GITHUB_STEP_SUMMARY). */
export function writeSummary(path: string | undefined, markdown: string): void {
  if (path) appendFileSync(path, `${markdown}\n`);
}
