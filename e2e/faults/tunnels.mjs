/**
 * Faults in the tunnels of a bake through Session Manager or an EC2 Instance Connect Endpoint. A row is a kind of fault at a message of the
 * client, from the first to the last of a bake without faults. The bake transfers a file up and down: it must succeed with the right digests,
 * or end with an error that names the tunnel.
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Bytes of the transferred file. */
const SIZE = 200_000;
/** Number of messages at which each fault strikes. */
const POINTS = 8;
const ALWAYS = 100_000;

const SESSION = {
  action: "OpenDataChannel",
  options: {
    ssh_interface: "session_manager",
    temporary_iam_instance_profile_policy_document: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: ["ssmmessages:*", "ssm:UpdateInstanceInformation"], Resource: ["*"] }],
    },
  },
};
const ENDPOINT = { action: "OpenTunnel", options: { ssh_interface: "instance_connect_endpoint" } };

/** The bakes, by the names that `writeTemplate` knows. */
const TUNNELS = { "session manager": SESSION, endpoint: ENDPOINT };

/** Returns the options and provisioners of a bake through a tunnel, and whether the download of a row is complete. Undefined for other bakes. */
export function tunnelOf(kind, folder) {
  const tunnel = TUNNELS[kind];
  if (!tunnel) return undefined;
  const content = randomBytes(SIZE);
  const digest = digestOf(content);
  const source = join(folder, "content");
  writeFileSync(source, content);
  return {
    options: { ...tunnel.options, ssh_timeout: "10m" },
    provisioners: [
      { type: "file", source, destination: "/tmp/content" },
      { type: "shell", inline: [`echo "${digest}  /tmp/content" | sha256sum -c`] },
      { type: "file", direction: "download", source: "/tmp/content", destination: `${folder}/{{user \`row\`}}` },
    ],
    isComplete: (row) => existsSync(join(folder, row)) && digestOf(readFileSync(join(folder, row))) === digest,
  };
}

function digestOf(content) {
  return createHash("sha256").update(content).digest("hex");
}

/** The last point, as a part of all messages: their number differs from bake to bake. */
const LAST = 0.95;

/** Returns the points of a bake at which faults strike: `calls` are those of a bake without faults. */
export function pointsOf(calls, bakes) {
  const { action } = TUNNELS[bakes];
  const last = calls.find((call) => call.action === action)?.messages ?? 0;
  return Array.from({ length: POINTS }, (_, index) => {
    const messages = Math.max(1, Math.round((LAST * last * index) / (POINTS - 1)));
    return { seq: messages, action: `point ${index + 1} of ${POINTS}`, at: { action, messages } };
  });
}

const inTunnel = (deed, more = {}) => ({
  after: "post",
  faults: (at) => [{ ...at, nth: 1, do: deed }],
  ...more,
});
/** A fault of the whole bake, which is played once. A kind that `isSlow` is not in the sample. */
const throughout = (fault, more = {}) => ({
  once: true,
  after: "post",
  faults: ({ action }) => [{ action, times: ALWAYS, ...fault }],
  ...more,
});

/** What a bake says of a tunnel that ended. */
const ABOUT_TUNNELS = /Session Manager|SSM agent|EC2 Instance Connect|tunnel|connection/i;
const isClear = ({ code, log }) =>
  code === 0 || ABOUT_TUNNELS.test(log) ? [] : ["the error does not name the tunnel"];
const succeeds = ({ code, signal }) => (code === 0 ? [] : [`the bake ended with ${code ?? signal}`]);

const KILLED = {
  killed: { after: "post", faults: (at, pid) => [{ ...at, nth: 1, do: "kill", pid }] },
  "runner lost": { after: "sweep", faults: (at, pid) => [{ ...at, nth: 1, do: "kill", pid }] },
  SIGINT: { after: "post", faults: (at, pid) => [{ ...at, nth: 1, do: "int", pid }] },
};

/** Refusals before the websocket opens; each passes by itself. */
const REFUSED = {
  "token expired": throughout({ do: "expire", times: 2 }, { check: succeeds }),
  "error 500": throughout({ do: "error", status: 500, times: 3 }, { check: succeeds }),
  "no response": throughout({ do: "hangup", times: 3 }, { check: succeeds }),
};

/** The kinds of fault of Session Manager. The session is resumed, so that only a session that is ended ends the command in progress. */
export const SESSION_KINDS = {
  breaks: inTunnel("drop", { check: succeeds }),
  "closed after an hour": inTunnel("close", { check: succeeds }),
  stalls: inTunnel("stall", { check: succeeds }),
  "session ended": inTunnel("end", { check: isClear }),
  ...KILLED,
  "breaks at every 50th message": throughout({ do: "drop", messages: 50 }, { check: succeeds }),
  "loses 1 message in 100": throughout({ do: "lose", messages: 100 }, { check: succeeds }),
  delayed: throughout({ do: "delay", seconds: 0.05 }, { check: succeeds }),
  ...REFUSED,
  "agent not connected for 5 minutes": {
    ...throughout({}, { check: succeeds }),
    faults: () => [
      {
        action: "StartSession",
        do: "error",
        code: "TargetNotConnected",
        message: "i-1 is not connected.",
        status: 400,
        lasts: 300,
      },
    ],
    isSlow: true,
  },
};

/** The kinds of fault of an endpoint, whose tunnels cannot be resumed: a command in progress ends with an error. */
export const ENDPOINT_KINDS = {
  breaks: inTunnel("drop", { check: isClear }),
  "closed after an hour": inTunnel("close", { check: isClear }),
  ...KILLED,
  "breaks at every 50th message": throughout({ do: "drop", messages: 50 }, { check: isClear }),
  delayed: throughout({ do: "delay", seconds: 0.05 }, { check: succeeds }),
  ...REFUSED,
};
