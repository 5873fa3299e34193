import { failedAs } from "../../../aws/client/errors.js";
import type { AwsSession } from "../../../aws/client/session.js";
import { sessionReason } from "../../../aws/release/session.js";
import { describeAgent, isNotConnected, resumeSession, startPortSession } from "../../../aws/session-manager.js";
import { acquire } from "../../../cleanup/acquire.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import type { OpenedSession } from "../../../core/opened-session.js";
import { poll } from "../../../core/poll.js";
import { formatDuration } from "../../../core/text.js";
import type { Way } from "../../../ssh/connect/connector.js";
import type { SessionAccess } from "../../../tunnels/session-manager/access.js";
import type { SessionTunnel } from "../../../tunnels/session-manager/tunnel.js";
import { type Bake, inRegion } from "../bake.js";
import { type ReachedServer, serverOf, serverText } from "../options/server.js";
import { dialTunnel } from "./dial-tunnel.js";
import { sessionDataKey } from "./session-key.js";

/** Milliseconds: polls of the agent, the longest wait without a timeout of the template, and when likely reasons are printed. */
const AGENT_INTERVAL = { first: 1000, max: 5000 };
const AGENT_TIMEOUT = 5 * 60_000;
const REASONS_AFTER = 60_000;

/** What an agent needs to connect (Systems Manager User Guide, "Setting up Session Manager"). */
const NEEDS =
  'The instance profile must allow what the policy "AmazonSSMManagedInstanceCore" allows, the subnet must reach the endpoints of "ssm" ' +
  'and "ssmmessages" (a NAT gateway, or VPC endpoints with port 443 open), and the source AMI must contain the SSM agent.';

/**
 * Waits for the SSM agent of the instance (`pause_before_ssm` before that), and returns the tunnel to the port of the communicator. Each session is recorded
 * in the ledger. Throws a `BakeError` (`ssm-agent-missing`) when no agent connects in time.
 */
async function openInstanceTunnel(bake: Bake, instanceId: string): Promise<SessionTunnel> {
  const { context, options, session } = bake;
  const { narrator } = context;
  if (options.pause_before_ssm > 0) {
    narrator.say(`Waiting ${formatDuration(options.pause_before_ssm)} for establishing the SSM session...`);
    await session.clock.sleep(options.pause_before_ssm, context.signal);
  }
  await awaitAgent(bake, instanceId);
  const access = sessionAccess(bake, instanceId);
  const tunnel = await openTunnel(session, access, serverOf(options).port);
  context.releases.defer({ name: "Session Manager tunnel", run: async () => tunnel.close() });
  return tunnel;
}

/** Returns a tunnel to a port, over sessions that `access` starts. */
export async function openTunnel(session: AwsSession, access: SessionAccess, port: number): Promise<SessionTunnel> {
  const { sessionTunnel } = await import("../../../tunnels/session-manager/tunnel.js");
  return sessionTunnel({
    access,
    clock: session.clock,
    debug: session.debug,
    port,
    dial: async (url, signal) =>
      dialTunnel(session, { action: "ssmmessages:OpenDataChannel", url, headers: await access.sign(url), signal }),
  });
}

/** Returns the calls of the tunnel. A started session is an entry of the ledger. */
function sessionAccess(bake: Bake, instanceId: string): SessionAccess {
  const { context, options, session } = bake;
  const { region } = session;
  const scopeWith = (signal: AbortSignal) => ({ ...inRegion(bake), signal });
  return {
    async start(signal) {
      let started: OpenedSession | undefined;
      await acquire({
        context,
        session,
        kind: "session",
        region,
        details: { instance: instanceId },
        create: async ({ key }) => {
          const target = { instanceId, port: serverOf(options).port, reason: sessionReason(key) };
          started = await startPortSession(scopeWith(signal), target);
          return started.id;
        },
      });
      if (!started) throw new Error("No session was started");
      return started;
    },
    resume: (id, signal) => resumeSession(scopeWith(signal), id),
    dataKey: (request, signal) => sessionDataKey(scopeWith(signal), instanceId, request),
    sign: (url) => session.sign({ service: "ssmmessages", region, url }),
  };
}

async function awaitAgent(bake: Bake, instanceId: string): Promise<void> {
  const { context, options, session } = bake;
  const { narrator } = context;
  const deadline = serverOf(options).timeout ?? AGENT_TIMEOUT;
  let explained = false;
  narrator.say(`Waiting for the SSM agent of ${instanceId}...`);
  try {
    await poll({
      clock: session.clock,
      signal: context.signal,
      interval: AGENT_INTERVAL,
      deadline,
      random: session.random,
      probe: async () => {
        const { ping, version } = await describeAgent(inRegion(bake), instanceId);
        if (ping !== "Online") return { state: "waiting", progress: { text: ping ?? "not registered" } };
        context.surroundings.debug(() => `SSM agent ${version ?? ""} of ${instanceId} is online`);
        return { state: "done", value: undefined };
      },
      onProgress: (elapsed, progress) => {
        narrator.emit({ type: "progress", what: "the SSM agent to connect", elapsed, text: progress?.text });
        if (explained || elapsed < REASONS_AFTER) return;
        explained = true;
        narrator.message(NEEDS);
      },
      onDeadline: (elapsed) => agentMissing(bake, instanceId, elapsed),
    });
  } catch (error) {
    // The role may have no permission to list agents. Whether a session can be started shows itself.
    if (!failedAs(error, "denied")) throw error;
    context.surroundings.debug(() => `The state of the SSM agent is not known: ${messageOf(error)}`);
  }
}

function agentMissing({ options, session }: Bake, instanceId: string, elapsed: number): BakeError {
  return new BakeError(`The SSM agent of ${instanceId} did not connect within ${formatDuration(elapsed)}`, {
    code: "ssm-agent-missing",
    resource: instanceId,
    region: session.region,
    hint: `${NEEDS} Increase "${serverOf(options).timeoutOption}" if the image boots slowly.`,
  });
}

/** Returns the way to the instance's port of SSH or WinRM through Session Manager. Throws as `openInstanceTunnel` does. */
export async function sessionWay(bake: Bake, instanceId: string): Promise<Way> {
  const tunnel = await openInstanceTunnel(bake, instanceId);
  return wayThrough(tunnel, { instanceId, server: serverOf(bake.options) });
}

/** Returns the way through a tunnel. */
export function wayThrough(
  tunnel: SessionTunnel,
  { instanceId, server }: { readonly instanceId: string; readonly server: ReachedServer },
): Way {
  return {
    name: "Session Manager",
    lifetime: undefined,
    hint: `Check that the image runs ${serverText(server)}. ${NEEDS} Increase "${server.timeoutOption}" if the image boots slowly.`,
    open: (signal) => tunnel.connect(signal).catch((error: unknown) => Promise.reject(connectError(error, instanceId))),
  };
}

/** A missing agent is waited for, like a server that does not listen yet. Other errors of AWS, such as a denial, end the attempts. */
function connectError(error: unknown, instanceId: string): unknown {
  return isNotConnected(error) ? new Error(`the SSM agent of ${instanceId} is not connected`, { cause: error }) : error;
}
