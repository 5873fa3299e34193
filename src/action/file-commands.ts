import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";

/**
 * Appends `key` and `value` to one of the runner's command files (GITHUB_OUTPUT, GITHUB_STATE), at once and synchronously: what
 * was appended is there for the runner even when the process is killed next.
 */
export function appendToFile(path: string, key: string, value: string): void {
  const delimiter = `end_${randomUUID()}`;
  appendFileSync(path, `${key}<<${delimiter}\n${value}\n${delimiter}\n`);
}

/**
 * Sets outputs in the file `path` (GITHUB_OUTPUT) through the toolkit; outside a runner there is nobody to take them. The toolkit
 * is loaded only here: that takes longer than bad input takes to be answered. It looks at the environment of the process.
 */
export async function writeOutputs(path: string | undefined, outputs: Readonly<Record<string, string>>): Promise<void> {
  if (!path) return;
  const { setOutput } = await import("@actions/core");
  process.env.GITHUB_OUTPUT = path;
  appendFileSync(path, ""); // the toolkit refuses a file that is not there yet
  for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
}

/** Adds Markdown to the step's summary. */
export function writeSummary(path: string | undefined, markdown: string): void {
  if (path) appendFileSync(path, `${markdown}\n`);
}
