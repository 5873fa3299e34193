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

/** Sets outputs; outside a runner (no GITHUB_OUTPUT) there is nobody to take them. */
export function writeOutputs(path: string | undefined, outputs: Readonly<Record<string, string>>): void {
  if (!path) return;
  for (const [name, value] of Object.entries(outputs)) appendToFile(path, name, value);
}

/** Adds Markdown to the step's summary. */
export function writeSummary(path: string | undefined, markdown: string): void {
  if (path) appendFileSync(path, `${markdown}\n`);
}
