/** The ways of bake-ami to an instance. Each has `firstByte`, the milliseconds to the first byte, and `connect`, for the communicator. */
import { Agent } from "node:https";
import { connect } from "node:net";
import { performance } from "node:perf_hooks";
import { CREDENTIALS, REGION, sessionRequest } from "../e2e/harness/tunnel-host.mjs";
import { load } from "./library.mjs";

const never = new AbortController().signal;

/** A TCP connection to the SSH port. */
export async function plainConnection({ relays, key, user }) {
  const { port } = relays.ssh;
  return {
    firstByte: () => firstByteOf(async () => connect(port, "127.0.0.1")),
    connect: async () => ({ port, key, user }),
  };
}

/** Returns the address of a data channel as it is through a relay. */
export function relayed(url, { port }) {
  const through = new URL(url);
  through.host = `127.0.0.1:${port}`;
  return through.href;
}

/** The tunnel of bake-ami through Session Manager. */
export async function sessionOfOurs({ ssm, instanceId, relays, key, user }) {
  const { sessionTunnel } = await load("tunnels/session-manager/tunnel.ts");
  const { dialWebSocket } = await load("tunnels/websocket.ts");
  const { signedHeaders } = await load("aws/client/signature.ts");
  const { systemClock } = await load("core/clock.ts");
  const opened = ({ SessionId: id, TokenValue: token, StreamUrl }) => ({
    id,
    token,
    url: relayed(StreamUrl, relays.channel),
  });
  const sign = (url) =>
    signedHeaders({ service: "ssmmessages", region: REGION, url }, { credentials: CREDENTIALS, now: Date.now() });
  const access = {
    start: async () => opened(await ssm.startSession(sessionRequest(instanceId))),
    resume: async (SessionId) => opened(await ssm.resumeSession({ SessionId })),
    sign,
  };
  const open = () =>
    sessionTunnel({
      ...{ access, clock: systemClock, debug: () => undefined, port: 22 },
      dial: async (url, signal) =>
        dialWebSocket(url, { headers: await sign(url), timeout: 15_000, agent: undefined, signal }),
    });
  return {
    async firstByte() {
      const tunnel = open();
      const took = await firstByteOf(() => tunnel.connect(never));
      tunnel.close();
      return took;
    },
    async connect() {
      const tunnel = open();
      return { ...wayOf("Session Manager", () => tunnel.connect(never)), key, user, close: async () => tunnel.close() };
    },
  };
}

/** The tunnel of bake-ami through an endpoint. */
export async function endpointOfOurs({ endpointId, privateAddress, certificate, key, user }) {
  const { tunnelStream } = await load("tunnels/endpoint-tunnel.ts");
  const { dialWebSocket } = await load("tunnels/websocket.ts");
  const { presignedUrl } = await load("aws/client/signature.ts");
  const agent = new Agent({ ca: certificate.certificate });
  const query = { instanceConnectEndpointId: endpointId, maxTunnelDuration: 3600, privateIpAddress: privateAddress };
  const url = new URL(`wss://localhost/openTunnel?${new URLSearchParams({ ...query, remotePort: 22 })}`);
  const open = async () => {
    const request = { service: "ec2-instance-connect", region: REGION, url };
    const signed = await presignedUrl(request, { credentials: CREDENTIALS, now: Date.now() }, 60);
    return tunnelStream(await dialWebSocket(signed, { headers: {}, timeout: 15_000, agent, signal: never }));
  };
  return {
    firstByte: () => firstByteOf(open),
    connect: async () => ({ ...wayOf("endpoint", open), key, user }),
  };
}

function wayOf(name, open) {
  return { port: 22, way: { name, hint: "", lifetime: undefined, open } };
}

/** Returns the milliseconds from the call until the server of the connection is heard. */
async function firstByteOf(open) {
  const began = performance.now();
  const stream = await open();
  await new Promise((done, fail) => {
    stream.once("data", done);
    stream.once("error", fail);
  });
  const took = performance.now() - began;
  stream.on("error", () => undefined);
  stream.destroy();
  return took;
}
