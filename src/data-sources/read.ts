import { BakeError, messageOf } from "../core/errors.js";
import type { LookupAnswer, LookupRequest } from "../template/lookups.js";
import type { AmazonReads } from "./amazon.js";
import { decodeArguments } from "./arguments.js";

const WRONG_ARGUMENTS = new Set(["data-source-arguments", "unsupported-lookup"]);

/** Reads what a template asks of data sources and secret functions; never rejects. */
export async function readLookup(request: LookupRequest, reads: AmazonReads): Promise<LookupAnswer> {
  try {
    return { state: "ready", value: await read(request, reads) };
  } catch (error) {
    if (!(error instanceof BakeError)) return { state: "failed", message: messageOf(error) };
    const wrongArguments = WRONG_ARGUMENTS.has(error.code) ? true : undefined;
    return { state: "failed", message: messageOf(error), hint: error.hint, wrongArguments };
  }
}

async function read({ kind, arguments: given }: LookupRequest, reads: AmazonReads): Promise<unknown> {
  const options = await import("./options.js");
  switch (kind) {
    case "amazon-ami":
      return (await import("./amazon.js")).readAmazonAmi(decodeArguments(options.amazonAmiOptions, given), reads);
    case "amazon-parameterstore":
      return (await import("./amazon.js")).readAmazonParameter(
        decodeArguments(options.amazonParameterStoreOptions, given),
        reads,
      );
    case "amazon-secretsmanager":
      return (await import("./amazon.js")).readAmazonSecret(
        decodeArguments(options.amazonSecretsManagerOptions, given),
        reads,
      );
    case "http":
      return (await import("./http.js")).readHttp(
        decodeArguments(options.httpOptions, given),
        reads.surroundings.env,
        reads.signal,
      );
    case "null": {
      const { input } = decodeArguments(options.nullOptions, given);
      return { input, output: input };
    }
    case "aws_secretsmanager":
    case "aws_secretsmanager_raw":
      return (await import("./amazon.js")).readSecretText(textOf(given, "name") ?? "", reads);
    default:
      throw refuse(kind);
  }
}

function refuse(kind: string): BakeError {
  const product = { vault: "Vault", consul_key: "Consul" }[kind];
  return new BakeError(
    product ? `${kind} is not supported: ${product} is not asked` : `the data source "${kind}" is not supported`,
    {
      code: "unsupported-lookup",
      hint: "Fetch the value in an earlier step and give it as a variable.",
    },
  );
}

function textOf(given: unknown, name: string): string | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const value: unknown = Reflect.get(given, name);
  return value === undefined || value === null ? undefined : String(value);
}
