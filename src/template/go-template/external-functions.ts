import { PLACEHOLDER } from "../../options/context.js";
import type { Lookups } from "../lookups.js";
import { TextFailure, type TextFunction } from "./function.js";
import type { GoValue } from "./values.js";

interface ExternalContext {
  readonly scope: "variables" | "options";
  readonly lookups: Lookups;
  /** Undefined in HCL2, which has its own `env()`. */
  readonly variables: ReadonlyMap<string, string> | undefined;
  readonly onSecret: ((value: string) => void) | undefined;
}

/** Returns the functions that read from outside the template. Packer allows them in the `variables` section only (§1.9). */
export function externalFunctions(context: ExternalContext): [string, TextFunction][] {
  const secret = (name: string, key: string | undefined, raw: boolean) => {
    const text = readSecret(name, context.lookups);
    const value = text === undefined ? PLACEHOLDER : raw ? text : secretField(text, name, key);
    if (text !== undefined) context.onSecret?.(value);
    return value;
  };
  const isRead = ([name]: readonly GoValue[]) => readSecret(String(name), context.lookups) !== undefined;
  const functions: [string, TextFunction][] = [
    ["env", { parameters: ["string"], run: ([name]) => context.lookups.env(String(name)) ?? "" }],
    ["consul_key", unsupported("consul_key", ["string"], "Consul")],
    ["vault", unsupported("vault", ["string", "string"], "Vault")],
    [
      "aws_secretsmanager",
      {
        parameters: ["string", "string"],
        optional: 1,
        isSecret: isRead,
        run: ([name, key]) => secret(String(name), key === undefined ? undefined : String(key), false),
      },
    ],
    [
      "aws_secretsmanager_raw",
      { parameters: ["string"], isSecret: isRead, run: ([name]) => secret(String(name), undefined, true) },
    ],
  ];
  if (context.scope === "variables") return functions;
  return functions.map(([name, each]) => [
    name,
    name === "env" && context.variables
      ? withWarning(each)
      : onlyInVariables(name, each, context.variables !== undefined),
  ]);
}

/** Many published templates use `env` in options, so bake-ami accepts it with a warning. */
function withWarning(env: TextFunction): TextFunction {
  return {
    ...env,
    check: ([name]) => ({
      severity: "warning",
      code: "function-outside-variables",
      summary: `Packer does not allow env vars here${typeof name === "string" ? `: ${name}` : ""}`,
      hint: 'Use {{env …}} as the value of a variable in "variables", and {{user …}} here.',
    }),
  };
}

function onlyInVariables(name: string, given: TextFunction, isJson: boolean): TextFunction {
  const problem = {
    severity: "error",
    code: "function-not-allowed",
    summary: isJson
      ? `"${name}" is allowed only in the "variables" section`
      : `"${name}" is not allowed in text of HCL2 templates`,
    hint: isJson ? `Use {{${name} …}} as the value of a variable in "variables", and {{user …}} here.` : hclHint(name),
  } as const;
  return {
    ...given,
    check: () => problem,
    run: () => {
      throw new TextFailure(problem.summary, problem);
    },
  };
}

/** HCL2 has functions of the same names; `env` works only in the default of a variable. */
function hclHint(name: string): string {
  return name === "env"
    ? 'Use env("NAME") as the default of a variable, and ${var.…} here.'
    : `Use the HCL2 function ${name}(…).`;
}

function unsupported(name: string, parameters: TextFunction["parameters"], product: string): TextFunction {
  return {
    parameters,
    run: () => {
      throw new TextFailure(`"${name}" is not supported: bake-ami cannot read from ${product}`, {
        code: "unsupported-function",
        hint: "Fetch the value in an earlier step, and pass it as an environment variable ({{env …}}) or with -var.",
      });
    },
  };
}

/** Returns the text of a secret, or undefined while it is not known. */
function readSecret(name: string, lookups: Lookups): string | undefined {
  const result = lookups.lookUp({ kind: "aws_secretsmanager", arguments: { name } });
  if (result.state === "pending" || result.state === "skipped") return undefined;
  if (result.state === "failed") throw new TextFailure(result.message, { code: "secret-not-read", hint: result.hint });
  if (typeof result.value === "string") return result.value;
  throw new TextFailure(`Secret "${name}" has no text value`, { code: "secret-not-read" });
}

/**
 * Returns what `aws_secretsmanager` reads from a secret's text (Packer §1.9): text that is not JSON unchanged; of a JSON object the
 * field `key`, or without a key its only field. Throws `TextFailure`.
 */
export function secretField(text: string, name: string, key: string | undefined): string {
  const fields = readJson(text);
  if (fields === undefined) return text;
  const failure = (what: string, hint: string) =>
    new TextFailure(`Secret "${name}" ${what}`, { code: "secret-not-read", hint });
  if (typeof fields !== "object" || fields === null || Array.isArray(fields))
    throw failure("is not a JSON object with fields", 'Use "aws_secretsmanager_raw" to read the whole text.');
  const entries = Object.entries(fields);
  if (key === undefined && entries.length !== 1)
    throw failure(
      `has ${entries.length} fields, but no field is selected`,
      `Set the second argument to one of ${entries.map(([field]) => field).join(", ")}.`,
    );
  const found = key === undefined ? entries[0] : entries.find(([field]) => field === key);
  if (!found) throw failure(`has no field "${key}"`, `Use one of ${entries.map(([field]) => field).join(", ")}.`);
  const value: unknown = found[1];
  if (typeof value === "string") return value;
  if (typeof value === "number") return value.toFixed(0);
  throw failure(
    `has a field "${found[0]}" that is neither a string nor a number`,
    'Use "aws_secretsmanager_raw" to read the whole text.',
  );
}

/** Returns undefined for text that is not JSON. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
