import { randomBytes } from "node:crypto";
import type { Actions, ApiCall, Handler } from "../../call.js";
import { principalOf } from "../../iam/authorization/principal.js";
import { refusal } from "../../wire/errors.js";
import { group, groups, has, type Params, required, text, texts } from "../../wire/query.js";
import type { Members } from "../../wire/xml.js";
import { AGENT_VERSION, type PortSession } from "../model.js";
import { onlineInstances } from "./agents.js";

/** Path under which the data channels are. */
export const DATA_CHANNEL_PATH = "/v1/data-channel/";

/** The documents for ports: parameters with their defaults, and the properties that the agent gets. */
const DOCUMENTS: Readonly<
  Record<string, { readonly defaults: Readonly<Record<string, string>>; readonly type: string | undefined }>
> = {
  "AWS-StartPortForwardingSession": {
    defaults: { portNumber: "80", localPortNumber: "0" },
    type: "LocalPortForwarding",
  },
  "AWS-StartSSHSession": { defaults: { portNumber: "22" }, type: undefined },
};

/** Seconds after which an ended session is no longer listed. */
const HISTORY = 30 * 24 * 3600;

function stream({ host }: ApiCall, session: PortSession): Members {
  const StreamUrl = `ws://${host}${DATA_CHANNEL_PATH}${session.id}?role=publish_subscribe&cell-number=AAEAA`;
  return { SessionId: session.id, TokenValue: session.token, StreamUrl };
}

/** Returns a token for the next connection to a session. */
export function newToken(): string {
  return randomBytes(96).toString("base64");
}

const startSession: Handler = (call) => {
  const { params, region, cloud } = call;
  const target = required(params, "Target");
  const document = text(params, "DocumentName") ?? "SSM-SessionManagerRunShell";
  const properties = propertiesOf(document, group(params, "Parameters") ?? {});
  if (!onlineInstances(call).some(({ id }) => id === target)) {
    throw refusal("TargetNotConnected", `${target} is not connected.`);
  }
  const caller = principalOf(cloud, call.accessKeyId);
  const session: PortSession = {
    id: `local-${randomBytes(9).toString("hex").slice(0, 17)}`,
    target,
    document,
    properties,
    reason: text(params, "Reason"),
    owner: caller.arn,
    ownerId: caller.userId,
    beganAt: cloud.time.now(),
    endedAt: undefined,
    token: newToken(),
    agent: undefined,
  };
  region.portSessions.set(session.id, session);
  return stream(call, session);
};

/** Fills in a document. Throws for an unknown document or parameter, and for a value that is not a port. */
function propertiesOf(name: string, given: Params): Readonly<Record<string, string>> {
  const document = Object.hasOwn(DOCUMENTS, name) ? DOCUMENTS[name] : undefined;
  if (document === undefined) throw refusal("InvalidDocument", `Document with name ${name} does not exist.`);
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(document.defaults, key));
  if (unknown !== undefined) throw refusal("InvalidParameters", `${unknown} is not a parameter of ${name}.`);
  const values = Object.keys(document.defaults).map((key) => {
    const value = has(given, key) ? (texts(given, key)[0] ?? "") : (document.defaults[key] ?? "");
    if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535) {
      throw refusal("InvalidParameters", `The value ${value} of ${key} is not a port.`);
    }
    return [key, value] as const;
  });
  return { ...Object.fromEntries(values), ...(document.type === undefined ? {} : { type: document.type }) };
}

function sessionOf({ params, region }: ApiCall): PortSession {
  const id = required(params, "SessionId");
  const session = region.portSessions.get(id);
  if (session === undefined) throw refusal("DoesNotExistException", `Session with id ${id} does not exist`);
  return session;
}

const resumeSession: Handler = (call) => {
  const session = sessionOf(call);
  if (session.endedAt !== undefined) return { SessionId: session.id };
  session.token = newToken();
  return stream(call, session);
};

const terminateSession: Handler = ({ params, region, cloud }) => {
  const id = required(params, "SessionId");
  const session = region.portSessions.get(id);
  if (session !== undefined) endSession(session, cloud.time.now(), "");
  return { SessionId: id };
};

/** Ends a session, with text for the client. */
export function endSession(session: PortSession, now: number, output: string): void {
  session.endedAt ??= now;
  session.agent?.end(output);
  session.agent = undefined;
}

const describeSessions: Handler = ({ params, region, cloud }) => {
  const isActive = required(params, "State") === "Active";
  const wanted = groups(params, "Filters").map(
    (filter) => [required(filter, "key"), required(filter, "value")] as const,
  );
  const rows = [...region.portSessions.values()]
    .filter(({ endedAt }) => (endedAt === undefined) === isActive)
    .filter(({ endedAt }) => endedAt === undefined || cloud.time.now() - endedAt < HISTORY * 1000)
    .map((session) => ({
      SessionId: session.id,
      Target: session.target,
      Status: session.endedAt === undefined ? "Connected" : "Terminated",
      StartDate: session.beganAt / 1000,
      EndDate: session.endedAt === undefined ? undefined : session.endedAt / 1000,
      DocumentName: session.document,
      Owner: session.owner,
      Reason: session.reason,
    }));
  const values = (row: (typeof rows)[number]): Readonly<Record<string, string>> => ({
    Target: row.Target,
    Owner: row.Owner,
    Status: row.Status,
    SessionId: row.SessionId,
  });
  return { Sessions: rows.filter((row) => wanted.every(([key, value]) => (values(row)[key] ?? value) === value)) };
};

const getConnectionStatus: Handler = (call) => {
  const Target = required(call.params, "Target");
  return { Target, Status: onlineInstances(call).some(({ id }) => id === Target) ? "connected" : "notconnected" };
};

const describeInstanceInformation: Handler = (call) => {
  const ids = groups(call.params, "Filters")
    .filter((filter) => required(filter, "Key") === "InstanceIds")
    .flatMap((filter) => texts(filter, "Values"));
  const found = onlineInstances(call).filter(({ id }) => ids.length === 0 || ids.includes(id));
  return {
    InstanceInformationList: found.map((instance) => ({
      InstanceId: instance.id,
      PingStatus: "Online",
      LastPingDateTime: call.cloud.time.now() / 1000,
      AgentVersion: AGENT_VERSION,
      IsLatestVersion: true,
      PlatformType: "Linux",
      ResourceType: "EC2Instance",
      IPAddress: instance.privateIp,
      ComputerName: instance.id,
    })),
  };
};

/** Session Manager's calls (Systems Manager API reference), and the calls that show whether an agent is connected. */
export const portSessionActions: Actions = {
  StartSession: startSession,
  ResumeSession: resumeSession,
  TerminateSession: terminateSession,
  DescribeSessions: describeSessions,
  GetConnectionStatus: getConnectionStatus,
  DescribeInstanceInformation: describeInstanceInformation,
};
