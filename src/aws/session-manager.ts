import {
  DescribeInstanceInformationCommand,
  DescribeSessionsCommand,
  ResumeSessionCommand,
  StartSessionCommand,
  TerminateSessionCommand,
} from "@aws-sdk/client-ssm";
import { sendChange } from "./client/change.js";
import { hasAwsCode, ifFound } from "./client/errors.js";
import { readPages } from "./client/pages.js";
import type { CallScope } from "./client/session.js";

/** A session, and the data of one connection to its data channel. */
export interface StartedSession {
  readonly id: string;
  readonly token: string;
  readonly url: string;
}

/** Document that forwards a port of the instance (Systems Manager User Guide, "Starting a session (port forwarding)"). */
const FORWARDING = "AWS-StartPortForwardingSession";

/** Starts a session that forwards a port of an instance. Rejects with an `AwsError`: `TargetNotConnected` while there is no agent. */
export async function startPortSession(
  scope: CallScope,
  target: { readonly instanceId: string; readonly port: number; readonly reason: string },
): Promise<StartedSession> {
  const ssm = await scope.session.ssm(scope.region);
  const command = new StartSessionCommand({
    Target: target.instanceId,
    DocumentName: FORWARDING,
    Parameters: { portNumber: [String(target.port)], localPortNumber: ["0"] },
    Reason: target.reason,
  });
  const started = await sendChange(scope, ssm, command, { what: `the session to ${target.instanceId}` });
  return { id: started.SessionId ?? "", token: started.TokenValue ?? "", url: started.StreamUrl ?? "" };
}

/** Returns a new connection to a session; undefined when the session has ended. */
export async function resumeSession(scope: CallScope, id: string): Promise<StartedSession | undefined> {
  const ssm = await scope.session.ssm(scope.region);
  const command = new ResumeSessionCommand({ SessionId: id });
  const resumed = await ifFound(sendChange(scope, ssm, command, { what: `session ${id}` }));
  if (!resumed?.TokenValue || !resumed.StreamUrl) return undefined;
  return { id, token: resumed.TokenValue, url: resumed.StreamUrl };
}

/** Returns the ID of the active session with this reason; undefined if there is none. */
export async function findPortSession(
  scope: CallScope,
  { instanceId, reason }: { readonly instanceId: string; readonly reason: string },
): Promise<string | undefined> {
  const ssm = await scope.session.ssm(scope.region);
  const Filters = [{ key: "Target" as const, value: instanceId }];
  const sessions = await readPages(
    (NextToken) => ssm.send(new DescribeSessionsCommand({ State: "Active", Filters, NextToken }), scope.signal),
    ({ Sessions }) => Sessions,
  );
  return sessions.find(({ Reason }) => Reason === reason)?.SessionId;
}

/** Ends a session. Session Manager does not report a session that has ended as an error. */
export async function terminateSession(scope: CallScope, id: string): Promise<void> {
  const ssm = await scope.session.ssm(scope.region);
  await ifFound(ssm.send(new TerminateSessionCommand({ SessionId: id }), scope.signal));
}

/** The SSM agent of an instance, as Systems Manager sees it. */
export interface AgentStatus {
  /** `Online`, `ConnectionLost` or `Inactive`; undefined if it has not registered yet. */
  readonly ping: string | undefined;
  readonly version: string | undefined;
}

/** Returns the state of an instance's agent (DescribeInstanceInformation). */
export async function describeAgent(scope: CallScope, instanceId: string): Promise<AgentStatus> {
  const ssm = await scope.session.ssm(scope.region);
  const Filters = [{ Key: "InstanceIds", Values: [instanceId] }];
  const found = await ssm.send(new DescribeInstanceInformationCommand({ Filters }), scope.signal);
  const [information] = found.InstanceInformationList ?? [];
  return { ping: information?.PingStatus, version: information?.AgentVersion };
}

/** Returns whether a session could not be started because no agent is connected. */
export function isNotConnected(error: unknown): boolean {
  return hasAwsCode(error, "TargetNotConnected");
}
