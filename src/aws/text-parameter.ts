import { GetParametersCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import type { CallScope } from "./client/session.js";

/** Names that one call may ask for (GetParameters). */
export const NAMES_AT_ONCE = 10;

/** Values of parameters by name, those that exist; at most ten names. */
export async function readParameters(scope: CallScope, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const ssm = await scope.session.ssm(scope.region);
  const answer = await ssm.send(new GetParametersCommand({ Names: [...names] }), scope.signal);
  const found = (answer.Parameters ?? []).map(({ Name, Value }) => [Name ?? "", Value ?? ""] as const);
  return new Map(found);
}

/** Writes a parameter of text in the standard tier (at most 4 KB), whether or not it exists. */
export async function putTextParameter(
  scope: CallScope,
  name: string,
  value: string,
  description: string,
): Promise<void> {
  const ssm = await scope.session.ssm(scope.region);
  const input = { Name: name, Value: value, Type: "String", Tier: "Standard", Description: description } as const;
  await ssm.send(new PutParameterCommand({ ...input, Overwrite: true }), scope.signal);
}
