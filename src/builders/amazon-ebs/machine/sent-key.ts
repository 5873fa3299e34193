import { failedAs } from "../../../aws/client/errors.js";
import type { CallScope } from "../../../aws/client/session.js";
import { sendPublicKey } from "../../../aws/instance-connect.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import type { SentKey } from "../../../ssh/connect/connector.js";

/** Milliseconds for which a key that was sent is not sent again: EC2 keeps it for 60 seconds, and a connection takes some of them. */
const FRESH = 20_000;

/** The scope of the calls, and the user who logs in. */
export interface KeyScope extends CallScope {
  readonly user: string;
}

/**
 * Returns the public key as one that EC2 Instance Connect sends before each login (EC2 User Guide, "Connect to your Linux instance using
 * EC2 Instance Connect"). While nothing listens yet, it is sent every 20 seconds. An instance that is not ready is waited for.
 */
export function sentKey(scope: KeyScope, instanceId: string, publicKey: string): SentKey {
  const { session, user } = scope;
  let sentAt: number | undefined;
  return {
    hint:
      `Check that the image has EC2 Instance Connect (Amazon Linux 2 and 2023 and Ubuntu have it, others need the package ` +
      `"ec2-instance-connect"), and that the user "${user}" exists.`,
    async send(signal) {
      const now = session.clock.now();
      if (sentAt !== undefined && now - sentAt < FRESH) return;
      try {
        await sendPublicKey({ ...scope, signal }, { instanceId, user, publicKey });
      } catch (error) {
        if (failedAs(error, "not-found", "pending-state"))
          throw new Error(`EC2 Instance Connect: ${error.awsMessage} (${error.awsCode})`, { cause: error });
        throw explained(error, instanceId);
      }
      session.debug(() => `Sent the public key for ${user} to ${instanceId}`);
      sentAt = now;
    },
  };
}

/** Returns an error that no repetition changes, with what to do. */
function explained(error: unknown, instanceId: string): unknown {
  const isDenied = failedAs(error, "denied");
  if (!isDenied && !failedAs(error, "invalid")) return error;
  const conditions =
    'Check the conditions of the statement: the tag "bake-ami:owner" and the user name ("ec2:osuser").';
  return new BakeError(messageOf(error), {
    code: error.code,
    resource: instanceId,
    region: error.region,
    cause: error,
    hint: isDenied
      ? [error.hint, conditions].filter(Boolean).join(" ")
      : 'Remove "ssh_keypair" to launch the instance with a temporary key pair.',
  });
}

/**
 * Returns a key that is sent too, although the image may accept it without that: as Packer does for a private key of the template with
 * Session Manager. If it cannot be sent, the login decides.
 */
export function sentKeyIfPossible(scope: KeyScope, instanceId: string, publicKey: string): SentKey {
  const key = sentKey(scope, instanceId, publicKey);
  let isReported = false;
  return {
    hint: key.hint,
    async send(signal) {
      try {
        await key.send(signal);
      } catch (error) {
        if (signal.aborted || isReported) return;
        isReported = true;
        scope.narrator?.message(`Could not send the public key to ${instanceId}: ${messageOf(error)}`);
      }
    },
  };
}
