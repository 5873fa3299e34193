import { failedAs } from "../../../aws/client/errors.js";
import type { CallScope } from "../../../aws/client/session.js";
import { generateDataKey } from "../../../aws/data-key.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import type { DataKey } from "../../../core/opened-session.js";
import type { DataKeyRequest } from "../../../tunnels/session-manager/access.js";

/** Bytes of the data key of a session. */
const BYTES = 64;

/**
 * Returns the data key of a session to an instance, where the preferences of Session Manager require encryption (Systems Manager User Guide,
 * "Turn on KMS key encryption of session data"). Throws a `BakeError` (`session-key`).
 */
export async function sessionDataKey(
  scope: CallScope,
  instanceId: string,
  { sessionId, keyId }: DataKeyRequest,
): Promise<DataKey> {
  const context = { "aws:ssm:SessionId": sessionId, "aws:ssm:TargetId": instanceId };
  try {
    return await generateDataKey(scope, { keyId, bytes: BYTES, context });
  } catch (error) {
    if (scope.signal.aborted) throw error;
    const { region } = scope;
    const what = `Session Manager's preferences in ${region} require encryption with the KMS key "${keyId}", which cannot be used`;
    const allow = failedAs(error, "denied")
      ? "Allow kms:GenerateDataKey on the key for the role of the bake, in its IAM policy and in the policy of the key, and kms:Decrypt for the role of the instance. "
      : "Check that the key exists and is enabled. ";
    throw new BakeError(`${what}: ${messageOf(error)}`, {
      code: "session-key",
      resource: instanceId,
      region,
      cause: error,
      hint: `${allow}Or turn off KMS encryption in the preferences of Session Manager (document "SSM-SessionManagerRunShell").`,
    });
  }
}
