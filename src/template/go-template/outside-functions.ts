import { PLACEHOLDER } from "../../options/context.js";
import type { Lookups } from "../lookups.js";
import { TextFailure, type TextFunction } from "./function.js";

interface Needs {
  readonly scope: "variables" | "options";
  readonly lookups: Lookups;
  /** Undefined in HCL2, which has `env()` of its own. */
  readonly variables: ReadonlyMap<string, string> | undefined;
  readonly onSecret: ((value: string) => void) | undefined;
}

/** Functions that ask the outside; Packer allows them in the `variables` section alone (§1.9). */
export function outsideFunctions(needs: Needs): [string, TextFunction][] {
  const secret = (name: string, key: string | undefined, raw: boolean) => {
    const text = askSecret(name, needs.lookups);
    const value = text === undefined ? PLACEHOLDER : raw ? text : secretField(text, name, key);
    if (text !== undefined) needs.onSecret?.(value);
    return value;
  };
  const functions: [string, TextFunction][] = [
    ["env", { parameters: ["string"], run: ([name]) => needs.lookups.env(String(name)) ?? "" }],
    ["consul_key", unsupported("consul_key", ["string"], "Consul")],
    ["vault", unsupported("vault", ["string", "string"], "Vault")],
    [
      "aws_secretsmanager",
      {
        parameters: ["string", "string"],
        optional: 1,
        run: ([name, key]) => secret(String(name), key === undefined ? undefined : String(key), false),
      },
    ],
    ["aws_secretsmanager_raw", { parameters: ["string"], run: ([name]) => secret(String(name), undefined, true) }],
  ];
  if (needs.scope === "variables") return functions;
  return functions.map(([name, each]) => [
    name,
    name === "env" && needs.variables ? discouraged(each) : onlyInVariables(name, each),
  ]);
}

/** Published templates have `env` among their options, and what they mean is plain. */
function discouraged(env: TextFunction): TextFunction {
  return {
    ...env,
    check: ([name]) => ({
      severity: "warning",
      code: "function-outside-variables",
      summary: `env vars are not allowed here by Packer${typeof name === "string" ? `: ${name}` : ""}`,
      hint: 'Read it in a value of "variables", and use that variable here with {{user …}}.',
    }),
  };
}

function onlyInVariables(name: string, given: TextFunction): TextFunction {
  const problem = {
    severity: "error",
    code: "function-not-allowed",
    summary: `"${name}" is allowed in the variables section alone`,
    hint: `Call "${name}" in a value of "variables", and use that variable here.`,
  } as const;
  return {
    ...given,
    check: () => problem,
    run: () => {
      throw new TextFailure(problem.summary, problem);
    },
  };
}

function unsupported(name: string, parameters: TextFunction["parameters"], product: string): TextFunction {
  return {
    parameters,
    run: () => {
      throw new TextFailure(`"${name}" is not supported: ${product} is not asked`, {
        code: "unsupported-function",
        hint: "Fetch the value in an earlier step, and give it as an environment variable ({{env …}}) or with -var.",
      });
    },
  };
}

/** The secret's text; undefined while it is not known. */
function askSecret(name: string, lookups: Lookups): string | undefined {
  const answer = lookups.ask({ kind: "aws_secretsmanager", arguments: { name } });
  if (answer.state === "pending" || answer.state === "skipped") return undefined;
  if (answer.state === "failed") throw new TextFailure(answer.message, { code: "secret-not-read", hint: answer.hint });
  if (typeof answer.value === "string") return answer.value;
  throw new TextFailure(`the secret "${name}" is not text`, { code: "secret-not-read" });
}

/**
 * What `aws_secretsmanager` returns of a secret's text (Packer §1.9): text that is not JSON as it is; of a JSON object the field
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
