import { messageOf } from "../../core/errors.js";
import { secretField } from "../go-template/external-functions.js";
import { TextFailure } from "../go-template/function.js";
import { STRING } from "../values/types.js";
import { marked, nullValue, stringValue, unknownValue, type Value } from "../values/value.js";
import { defineFunction, type FunctionContext, type FunctionDefinition, fail, param, textOf } from "./definition.js";

const name = param("name", STRING);

/** Returns the functions that read a secret (Packer §2.5). Their results are sensitive. */
export function secretFunctions(context: FunctionContext): Readonly<Record<string, FunctionDefinition>> {
  const read = (kind: string, request: Readonly<Record<string, string>>) => readSecret(context, kind, request);
  return {
    aws_secretsmanager: defineFunction(
      STRING,
      [name],
      (args) => {
        if (args.length > 2) fail("at most two arguments are allowed");
        const key = args[1] ?? nullValue(STRING);
        const secret = read("aws_secretsmanager", { name: textOf(args, 0) });
        if (secret.kind !== "string") return secret;
        return marked(
          stringValue(fieldOf(secret.value, textOf(args, 0), key.kind === "string" ? key.value : undefined)),
          true,
        );
      },
      param("key", STRING, { allowNull: true }),
    ),
    aws_secretsmanager_raw: defineFunction(STRING, [name], (args) =>
      read("aws_secretsmanager_raw", { name: textOf(args, 0) }),
    ),
    consul_key: defineFunction(STRING, [param("key", STRING)], (args) => read("consul_key", { key: textOf(args, 0) })),
    vault: defineFunction(STRING, [param("path", STRING), param("key", STRING)], (args) =>
      read("vault", { path: textOf(args, 0), key: textOf(args, 1) }),
    ),
  };
}

/** Throws a `FunctionError` without a final period: evaluation adds one. */
function failWithHint(message: string, hint: string | undefined): never {
  return fail(hint ? `${message}. ${hint.replace(/\.$/, "")}` : message);
}

/** Returns the field of a JSON secret, by Packer's rules. Throws `FunctionError`. */
function fieldOf(text: string, name: string, key: string | undefined): string {
  try {
    return secretField(text, name, key);
  } catch (error) {
    const hint = error instanceof TextFailure ? error.hint : undefined;
    return failWithHint(messageOf(error), hint);
  }
}

function readSecret(context: FunctionContext, kind: string, request: Readonly<Record<string, string>>): Value {
  const result = context.lookups.lookUp({ kind, arguments: request });
  if (result.state === "failed") return failWithHint(result.message, result.hint);
  if (result.state === "ready" && typeof result.value === "string") return marked(stringValue(result.value), true);
  return marked(unknownValue(STRING), true);
}
