import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { appendWhole } from "../engine/files.js";

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
 * Appends `key` and `value` to a command file of the runner (GITHUB_OUTPUT, GITHUB_STATE), whole or not at all: the runner refuses a file
 * that ends within a value, with all that is in it. It writes synchronously, so the value is not lost if the process is killed. Throws the
 * error of the file system.
 */
export function appendToFile(path: string, key: string, value: string): void {
  const delimiter = `end_${randomUUID()}`;
  appendWhole(path, () => appendFileSync(path, `${key}<<${delimiter}\n${value}\n${delimiter}\n`));
}

/** Writes one output to the file `path` (GITHUB_OUTPUT). Throws the error of the file system. */
export type OutputWriter = (path: string, name: string, value: string) => void;

/**
 * Returns a writer of outputs that uses GitHub's toolkit. The toolkit is loaded only here, because loading it takes longer than reporting
 * invalid inputs. It reads the environment of the process.
 */
export async function loadOutputWriter(): Promise<OutputWriter> {
  const { setOutput } = await import("@actions/core");
  return (path, name, value) => {
    process.env.GITHUB_OUTPUT = path;
    appendFileSync(path, ""); // The toolkit refuses a file that does not exist.
    appendWhole(path, () => setOutput(name, value));
  };
}
