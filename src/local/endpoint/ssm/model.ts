import type { MessageSocket } from "../../../tunnels/websocket.js";
import type { TagMap } from "../records.js";

/** One version of a parameter. */
export interface SsmParameterVersion {
  readonly version: number;
  readonly value: string;
  readonly type: string;
  readonly dataType: string;
  readonly tier: string;
  readonly description: string;
  readonly allowedPattern: string;
  readonly keyId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly user: string;
  labels: readonly string[];
}

/** A parameter. The account's own last from run to run. */
export interface SsmParameter {
  readonly name: string;
  /** Oldest first; empty while the first version is still being checked. */
  versions: readonly SsmParameterVersion[];
  /** A version with an `aws:ec2:image` value that is validated at `dueAt`. */
  waiting: { readonly version: SsmParameterVersion; readonly dueAt: number } | undefined;
  readonly tags: TagMap;
  /** One of AWS's own, such as the ids of public images. */
  readonly isPublic: boolean;
}

/** A parameter under `/aws/service`. */
export function publicParameter(name: string, value: string, at: number): SsmParameter {
  const version: SsmParameterVersion = {
    version: 1,
    value,
    type: "String",
    dataType: "aws:ec2:image",
    tier: "Standard",
    description: "",
    allowedPattern: "",
    keyId: "",
    at,
    user: "arn:aws:iam::amazon:root",
    labels: [],
  };
  return { name, versions: [version], waiting: undefined, tags: new Map(), isPublic: true };
}

/** A session of Session Manager. It lives in memory only. */
export interface PortSession {
  readonly id: string;
  /** ID of the instance. */
  readonly target: string;
  readonly document: string;
  /** Properties that the document gives to the agent. */
  readonly properties: Readonly<Record<string, string>>;
  readonly reason: string | undefined;
  readonly owner: string;
  /** ID of the caller who started it, as IAM knows it. */
  readonly ownerId: string;
  /** Milliseconds since the epoch. */
  readonly beganAt: number;
  endedAt: number | undefined;
  /** Opens the next connection. */
  token: string;
  /** The agent's end, from the first connection on. */
  agent: PortAgent | undefined;
}

/** Version of the SSM agent of all instances. */
export const AGENT_VERSION = "3.3.3572.0";

/** The agent's end of one session, over any number of connections of the client. */
export interface PortAgent {
  attach(socket: MessageSocket): void;
  /** Ends the session, with text for the client. */
  end(output: string): void;
}
