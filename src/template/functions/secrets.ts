import { messageOf } from "../../core/errors.js";
import { TextFailure } from "../go-template/function.js";
import { secretField } from "../go-template/outside-functions.js";
import { STRING } from "../values/types.js";
import { marked, nullValue, stringValue, unknownValue, type Value } from "../values/value.js";
import { defineFunction, type FunctionContext, type FunctionDefinition, fail, param, textOf } from "./definition.js";

const name = param("name", STRING);

/** Functions that read a secret from elsewhere (Packer §2.5); what they give is masked. */
export function secretFunctions(context: FunctionContext): Readonly<Record<string, FunctionDefinition>> {
  const ask = (kind: string, request: Readonly<Record<string, string>>) => askSecret(context, kind, request);
  return {
    aws_secretsmanager: defineFunction(
      STRING,
      [name],
      (args) => {
        if (args.length > 2) fail("aws_secretsmanager takes no more than two arguments");
        const key = args[1] ?? nullValue(STRING);
        const secret = ask("aws_secretsmanager", { name: textOf(args, 0) });
        if (secret.kind !== "string") return secret;
        return marked(
          stringValue(fieldOf(secret.value, textOf(args, 0), key.kind === "string" ? key.value : undefined)),
          true,
        );
      },
      param("key", STRING, { allowNull: true }),
    ),
    aws_secretsmanager_raw: defineFunction(STRING, [name], (args) =>
      ask("aws_secretsmanager_raw", { name: textOf(args, 0) }),
    ),
    consul_key: defineFunction(STRING, [param("key", STRING)], (args) => ask("consul_key", { key: textOf(args, 0) })),
    vault: defineFunction(STRING, [param("path", STRING), param("key", STRING)], (args) =>
      ask("vault", { path: textOf(args, 0), key: textOf(args, 1) }),
    ),
  };
}

/** The field of a JSON secret, by Packer's rules; its complaint is the function's. */
function fieldOf(text: string, name: string, key: string | undefined): string {
  try {
    return secretField(text, name, key);
  } catch (error) {
    const hint = error instanceof TextFailure ? error.hint : undefined;
    return fail(hint ? `${messageOf(error)}. ${hint}` : messageOf(error));
  }
}

function askSecret(context: FunctionContext, kind: string, request: Readonly<Record<string, string>>): Value {
  const answer = context.lookups.ask({ kind, arguments: request });
  if (answer.state === "failed") return fail(answer.hint ? `${answer.message}. ${answer.hint}` : answer.message);
  if (answer.state === "ready" && typeof answer.value === "string") return marked(stringValue(answer.value), true);
  return marked(unknownValue(STRING), true);
}
