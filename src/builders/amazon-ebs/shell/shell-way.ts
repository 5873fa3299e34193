import type { CallScope } from "../../../aws/client/session.js";
import type { FoundInstance } from "../../../aws/instance.js";
import { describeConnectEndpoints } from "../../../aws/instance-connect.js";
import { describeSecurityGroups, type IngressRule } from "../../../aws/security-group.js";
import { resumeSession, startPortSession, terminateSession } from "../../../aws/session-manager.js";
import { unlessAborted } from "../../../core/clock.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import type { OpenedSession } from "../../../core/opened-session.js";
import type { Way } from "../../../ssh/connect/connector.js";
import type { DataKeyRequest } from "../../../tunnels/session-manager/access.js";
import { nearestEndpoint } from "../look/connect-endpoint.js";
import { endpointWay } from "../machine/endpoint.js";
import { openTunnel, wayThrough } from "../machine/session.js";
import { sessionDataKey } from "../machine/session-key.js";
import type { ReachedServer } from "../options/server.js";

/** How a shell connects to an instance. `auto` uses what the security groups of the instance admit. */
export type ShellAccess = "auto" | "address" | "instance-connect-endpoint" | "session-manager";

/** A way to an instance that is closed in the end. */
export interface ShellWay {
  /** Undefined is a TCP connection to the address. */
  readonly way: Way | undefined;
  readonly address: string;
  close(): Promise<void>;
}

/** Returns the way to an instance. Throws a `BakeError` if there is none of the requested kind. */
export async function openShellWay(
  scope: CallScope,
  instance: FoundInstance,
  { access, port }: { readonly access: ShellAccess; readonly port: number },
): Promise<ShellWay> {
  const kind = access === "auto" ? await wayOfBake(scope, instance, port) : access;
  if (kind === "session-manager") return throughSession(scope, instance, port);
  if (kind === "instance-connect-endpoint") return throughEndpoint(scope, instance, port);
  const address = instance.publicIp ?? instance.privateIp;
  if (address === undefined) throw new BakeError(`Instance ${instance.id} has no address`, { code: "no-address" });
  return { way: undefined, address, close: async () => undefined };
}

/**
 * Returns the way that the bake used, by what its security groups admit: an address, the groups of an endpoint, or nothing with Session
 * Manager.
 */
async function wayOfBake(
  scope: CallScope,
  { groupIds }: FoundInstance,
  port: number,
): Promise<Exclude<ShellAccess, "auto">> {
  const groups = await describeSecurityGroups(scope, [{ Name: "group-id", Values: [...groupIds] }]);
  return wayAdmitted(
    groups.flatMap(({ ingress }) => ingress),
    port,
  );
}

/** Returns the way that rules admit to a port. */
export function wayAdmitted(rules: readonly IngressRule[], port: number): Exclude<ShellAccess, "auto"> {
  const admitting = rules.filter(({ fromPort, toPort }) => fromPort <= port && port <= toPort);
  if (admitting.some(({ cidrs }) => cidrs.length > 0)) return "address";
  return admitting.some(({ groupIds }) => groupIds.length > 0) ? "instance-connect-endpoint" : "session-manager";
}

const sshOn = (port: number): ReachedServer => ({ protocol: "SSH", port, timeoutOption: "ssh_timeout" });

async function throughEndpoint(scope: CallScope, instance: FoundInstance, port: number): Promise<ShellWay> {
  const { vpcId, subnetId, privateIp: address = "" } = instance;
  const endpoint = nearestEndpoint(await describeConnectEndpoints(scope, { vpcId }), subnetId);
  if (!endpoint) {
    throw new BakeError(`No EC2 Instance Connect Endpoint of ${vpcId} accepts connections`, {
      code: "no-connect-endpoint",
      resource: vpcId,
      region: scope.region,
      hint: "Set -access=session-manager or -access=address, or create an endpoint: aws ec2 create-instance-connect-endpoint --subnet-id SUBNET.",
    });
  }
  const way = await endpointWay(scope.session, endpoint, { address, server: sshOn(port) });
  return { way, address: instance.id, close: async () => undefined };
}

/** Session Manager's way. Its sessions are ended when it is closed. */
async function throughSession(scope: CallScope, { id: instanceId }: FoundInstance, port: number): Promise<ShellWay> {
  const { session, region } = scope;
  const started: Promise<OpenedSession>[] = [];
  const target = { instanceId, port, reason: `bake-ami shell ${crypto.randomUUID()}` };
  const access = {
    start(signal: AbortSignal) {
      // Not aborted: a session that starts meanwhile has to be ended.
      const opened = startPortSession({ ...scope, signal: AbortSignal.timeout(START_TIMEOUT) }, target);
      started.push(opened);
      return unlessAborted(opened, signal);
    },
    resume: (id: string, signal: AbortSignal) => resumeSession({ ...scope, signal }, id),
    dataKey: (request: DataKeyRequest, signal: AbortSignal) =>
      sessionDataKey({ ...scope, signal }, instanceId, request),
    sign: (url: URL) => session.sign({ service: "ssmmessages", region, url }),
  };
  const tunnel = await openTunnel(session, access, port);
  return {
    way: wayThrough(tunnel, { instanceId, server: sshOn(port) }),
    address: instanceId,
    async close() {
      tunnel.close();
      for (const each of await Promise.allSettled(started)) {
        if (each.status === "fulfilled") await endSession(scope, each.value.id);
      }
    },
  };
}

/** Milliseconds for the start and for the end of a session. */
const START_TIMEOUT = 30_000;
const END_TIMEOUT = 10_000;

/** Ends a session, also after an interruption: a session that nobody ends lasts for 20 minutes. */
async function endSession(scope: CallScope, id: string): Promise<void> {
  try {
    await terminateSession({ ...scope, signal: AbortSignal.timeout(END_TIMEOUT) }, id);
  } catch (error) {
    scope.session.debug(() => `Session ${id} was not ended: ${messageOf(error)}`);
  }
}
