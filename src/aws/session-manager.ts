import {
  DescribeInstanceInformationCommand,
  DescribeSessionsCommand,
  GetServiceSettingCommand,
  ResumeSessionCommand,
  StartSessionCommand,
  TerminateSessionCommand,
} from "@aws-sdk/client-ssm";
import type { OpenedSession } from "../core/opened-session.js";
import { sendChange } from "./client/change.js";
import { hasAwsCode, ifAllowed, ifFound } from "./client/errors.js";
import { readPages } from "./client/pages.js";
import type { CallScope } from "./client/session.js";

/** Document that forwards a port of the instance (Systems Manager User Guide, "Starting a session (port forwarding)"). */
const FORWARDING = "AWS-StartPortForwardingSession";

/** A port of an instance, and the reason of the session, by which the session is found. */
export interface PortSessionSpec {
  readonly instanceId: string;
  readonly port: number;
  readonly reason: string;
}

/**
 * Starts a session that forwards a port of an instance. StartSession has no client token: when a response is lost, the session is searched
 * for by its reason and resumed. Rejects with an `AwsError`: `TargetNotConnected` while there is no agent.
 */
export async function startPortSession(scope: CallScope, target: PortSessionSpec): Promise<OpenedSession> {
  const ssm = await scope.session.ssm(scope.region);
  const command = new StartSessionCommand({
    Target: target.instanceId,
    DocumentName: FORWARDING,
    Parameters: { portNumber: [String(target.port)], localPortNumber: ["0"] },
    Reason: target.reason,
  });
  let earlier: string | undefined;
  const isLost = async () => {
    earlier = await ifAllowed(findPortSession(scope, target));
    return earlier !== undefined;
  };
  try {
    const change = { what: `the session to ${target.instanceId}`, lostResponse: "report", isLost } as const;
    const started = await sendChange(scope, ssm, command, change);
    return { id: started.SessionId ?? "", token: started.TokenValue ?? "", url: started.StreamUrl ?? "" };
  } catch (error) {
    const resumed = earlier === undefined ? undefined : await resumeSession(scope, earlier);
    if (!resumed) throw error;
    return resumed;
  }
}

/** Returns a new connection to a session; undefined when the session has ended. */
export async function resumeSession(scope: CallScope, id: string): Promise<OpenedSession | undefined> {
  const ssm = await scope.session.ssm(scope.region);
  const command = new ResumeSessionCommand({ SessionId: id });
  const resumed = await ifFound(sendChange(scope, ssm, command, { what: `session ${id}` }));
  if (!resumed?.TokenValue || !resumed.StreamUrl) return undefined;
  return { id, token: resumed.TokenValue, url: resumed.StreamUrl };
}

/** Returns the ID of the active session with this reason; undefined if there is none. */
export async function findPortSession(
  scope: CallScope,
  { instanceId, reason }: Pick<PortSessionSpec, "instanceId" | "reason">,
): Promise<string | undefined> {
  return (await describeSessions(scope, instanceId)).find((session) => session.reason === reason)?.id;
}

/** An active session. */
export interface ActiveSession {
  readonly id: string;
  readonly reason: string;
}

/** Returns the active sessions of an instance (DescribeSessions). */
export async function describeSessions(scope: CallScope, instanceId: string): Promise<readonly ActiveSession[]> {
  const ssm = await scope.session.ssm(scope.region);
  const Filters = [{ key: "Target" as const, value: instanceId }];
  const sessions = await readPages(
    (NextToken) => ssm.send(new DescribeSessionsCommand({ State: "Active", Filters, NextToken }), scope.signal),
    ({ Sessions }) => Sessions,
  );
  return sessions.flatMap(({ SessionId: id, Reason: reason = "" }) => (id === undefined ? [] : [{ id, reason }]));
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

/** Setting of a Region (Systems Manager User Guide, "Default Host Management Configuration"), and its value without a role. */
const MANAGEMENT_ROLE = "/ssm/managed-instance/default-ec2-instance-management-role";
const NO_ROLE = "$None";

/** Returns whether Systems Manager manages instances without an instance profile in the Region (default host management). */
export async function managesWithoutProfile(scope: CallScope): Promise<boolean> {
  const ssm = await scope.session.ssm(scope.region);
  const found = await ssm.send(new GetServiceSettingCommand({ SettingId: MANAGEMENT_ROLE }), scope.signal);
  const { SettingValue = NO_ROLE } = found.ServiceSetting ?? {};
  return SettingValue !== NO_ROLE && SettingValue !== "";
}

/** Returns whether a session could not be started because no agent is connected. */
export function isNotConnected(error: unknown): boolean {
  return hasAwsCode(error, "TargetNotConnected");
}
