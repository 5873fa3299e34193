import { TextFailure } from "./function.js";

/**
 * What `aws_secretsmanager` takes of a secret's text (Packer §1.9): text that is no JSON as it is; of a JSON object the field
 * `key`, or without a key its only field. Throws `TextFailure`.
 */
export function secretField(text: string, name: string, key: string | undefined): string {
  const fields = readJson(text);
  if (fields === undefined) return text;
  const failure = (what: string, hint: string) =>
    new TextFailure(`the secret "${name}" ${what}`, { code: "secret-not-read", hint });
  if (typeof fields !== "object" || fields === null || Array.isArray(fields))
    throw failure("is JSON without fields", 'Use "aws_secretsmanager_raw" for its whole text.');
  const entries = Object.entries(fields);
  if (key === undefined && entries.length !== 1)
    throw failure(
      `has ${entries.length} fields`,
      `Name one as the second argument: ${entries.map(([field]) => field).join(", ")}.`,
    );
  const found = key === undefined ? entries[0] : entries.find(([field]) => field === key);
  if (!found) throw failure(`has no field "${key}"`, `It has: ${entries.map(([field]) => field).join(", ")}.`);
  const value: unknown = found[1];
  if (typeof value === "string") return value;
  if (typeof value === "number") return value.toFixed(0);
  throw failure(`has a field "${found[0]}" that is neither text nor number`, 'Use "aws_secretsmanager_raw".');
}

/** Undefined for text that is no JSON. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
