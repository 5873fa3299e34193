import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { appendWhole } from "../engine/files.js";

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
