import type { Sts } from "./clients.js";
import { AwsError } from "./errors.js";

/** Decodes the authorization message that EC2 hides in a refusal (STS DecodeAuthorizationMessage); the error itself where it cannot. */
export async function decodeRefusal(error: AwsError, sts: Sts): Promise<AwsError> {
  const encoded = /Encoded authorization failure message: ([\w-]+)/.exec(error.awsMessage)?.[1];
  if (error.failure !== "denied" || encoded === undefined) return error;
  const { DecodeAuthorizationMessageCommand } = await import("./sdk/sts.js");
  try {
    const answer = await sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: encoded }));
    const call = { service: "ec2", operation: error.operation, region: error.region ?? "" };
    return new AwsError(call, "denied", error.awsCode, new Error(`refused by policy: ${answer.DecodedMessage ?? ""}`));
  } catch {
    return error;
  }
}
