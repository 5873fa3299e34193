import { isUnanswered } from "../aws/client/errors.js";
import { BakeError, messageOf } from "../core/errors.js";
import type { LookupRequest, LookupResult } from "../template/lookups.js";
import type { AmazonContext } from "./amazon.js";
import { decodeArguments } from "./arguments.js";

const WRONG_ARGUMENTS = new Set(["data-source-arguments", "unsupported-lookup"]);

/** Reads a data source, or the secret of a secret function. Never rejects: a failure is a result. */
export async function readLookup(request: LookupRequest, context: AmazonContext): Promise<LookupResult> {
  try {
    return { state: "ready", value: await read(request, context) };
  } catch (error) {
    if (!(error instanceof BakeError)) return { state: "failed", message: messageOf(error) };
    const wrongArguments = WRONG_ARGUMENTS.has(error.code) ? true : undefined;
    const unanswered = isUnanswered(error) || error.code === "http-failed" ? true : undefined;
    return { state: "failed", message: messageOf(error), hint: error.hint, wrongArguments, unanswered };
  }
}

async function read({ kind, arguments: given }: LookupRequest, context: AmazonContext): Promise<unknown> {
  const options = await import("./options.js");
  switch (kind) {
    case "amazon-ami":
      return (await import("./amazon.js")).readAmazonAmi(decodeArguments(options.amazonAmiOptions, given), context);
    case "amazon-parameterstore":
      return (await import("./amazon.js")).readAmazonParameter(
        decodeArguments(options.amazonParameterStoreOptions, given),
        context,
      );
    case "amazon-secretsmanager":
      return (await import("./amazon.js")).readAmazonSecret(
        decodeArguments(options.amazonSecretsManagerOptions, given),
        context,
      );
    case "http":
      return (await import("./http.js")).readHttp(
        decodeArguments(options.httpOptions, given),
        context.surroundings,
        context.signal,
      );
    case "null": {
      const { input } = decodeArguments(options.nullOptions, given);
      return { input, output: input };
    }
    case "aws_secretsmanager":
    case "aws_secretsmanager_raw":
      return (await import("./amazon.js")).readSecretText(textOf(given, "name") ?? "", context);
    default:
      throw unsupported(kind);
  }
}

function unsupported(kind: string): BakeError {
  const product = { vault: "Vault", consul_key: "Consul" }[kind];
  return new BakeError(
    product
      ? `"${kind}" is not supported: bake-ami cannot read from ${product}`
      : `Data source "${kind}" is not supported`,
    {
      code: "unsupported-lookup",
      hint: "Fetch the value in an earlier step, and pass it as a variable.",
    },
  );
}

function textOf(given: unknown, name: string): string | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const value: unknown = Reflect.get(given, name);
  return value === undefined || value === null ? undefined : String(value);
}
