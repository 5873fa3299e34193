import { GetPasswordDataCommand } from "@aws-sdk/client-ec2";
import { throttle } from "../core/clock.js";
import { BakeError } from "../core/errors.js";
import { formatDuration } from "../core/text.js";
import type { CallScope } from "./client/session.js";
import { waitFor } from "./client/wait.js";
import { describeInstance } from "./instance.js";

/** Windows sets the password minutes after the launch. */
const INTERVAL = { first: 1000, max: 5000 };

/** Milliseconds between two reads of the instance's state, because an instance that ended never gets a password. */
const READ_STATE_EVERY = 30_000;

/** States in which an instance can still get its password. A first boot can restart Windows. */
const CAN_BOOT = new Set(["pending", "running"]);

/** Returns the encrypted password of the administrator in base64; undefined until Windows has set it (EC2 GetPasswordData). */
export async function readPasswordData(scope: CallScope, instanceId: string): Promise<string | undefined> {
  const ec2 = await scope.session.ec2(scope.region);
  const { PasswordData } = await ec2.send(new GetPasswordDataCommand({ InstanceId: instanceId }), scope.signal);
  return PasswordData?.trim() || undefined;
}

/**
 * Waits until Windows has set the password of the administrator, and returns it encrypted, in base64. Throws a `BakeError` after
 * `longest` milliseconds (`no-windows-password`), and when the instance stops or terminates (`instance-ended`).
 */
export async function waitForPasswordData(scope: CallScope, instanceId: string, longest: number): Promise<string> {
  const { clock } = scope.session;
  const began = clock.now();
  const isStateDue = throttle(READ_STATE_EVERY, () => clock.now());
  return waitFor<string>(scope, {
    what: `the password of instance ${instanceId}`,
    resource: instanceId,
    interval: INTERVAL,
    longest: undefined,
    probe: async () => {
      const value = await readPasswordData(scope, instanceId);
      if (value !== undefined) return { state: "done", value };
      const elapsed = clock.now() - began;
      if (elapsed >= longest) return { state: "failed", error: noPassword(scope, instanceId, elapsed) };
      const ended = isStateDue() ? await endedError(scope, instanceId) : undefined;
      return ended ? { state: "failed", error: ended } : { state: "waiting" };
    },
  });
}

function noPassword({ region }: CallScope, instanceId: string, elapsed: number): BakeError {
  return new BakeError(`EC2 returned no password of instance ${instanceId} within ${formatDuration(elapsed)}`, {
    code: "no-windows-password",
    resource: instanceId,
    region,
    hint:
      'If Windows needs more time, increase "windows_password_timeout". If the source AMI was created without sysprep, Windows keeps the ' +
      'password of that image and EC2 never returns one: set "winrm_password".',
  });
}

async function endedError(scope: CallScope, instanceId: string): Promise<BakeError | undefined> {
  const instance = await describeInstance(scope, instanceId);
  if (instance === undefined || CAN_BOOT.has(instance.state)) return undefined;
  const reason = instance.reason === undefined ? "" : `: "${instance.reason}"`;
  return new BakeError(`Instance ${instanceId} is ${instance.state} before Windows has set its password${reason}`, {
    code: "instance-ended",
    resource: instanceId,
    region: scope.region,
    hint: "Check what shuts the instance down: probably its user data, or someone in the account.",
  });
}
