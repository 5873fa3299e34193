import { type AgentOptions, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Environment } from "./endpoints.js";
import { TunnelAgent } from "./proxy-agent.js";

/** Milliseconds that opening a connection may take. */
const CONNECT_LIMIT = 10_000;

/** What an SDK client is given as its request handler: shared keep-alive agents, proxies of the environment. */
export interface Transport {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
  readonly connectionTimeout: number;
}

/** Options of Node's agents since 24.5: proxies as `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say. */
interface ProxyOptions extends AgentOptions {
  readonly proxyEnv?: Environment;
}

/** Connections to the endpoints of one session; `insecure` does not verify certificates. */
export function openTransport(env: Environment, insecure: boolean): Transport {
  const options: ProxyOptions = { keepAlive: true, maxSockets: 50, proxyEnv: env };
  return {
    httpAgent: new HttpAgent(options),
    httpsAgent: knowsProxies()
      ? new HttpsAgent({ ...options, rejectUnauthorized: !insecure })
      : new TunnelAgent({ ...options, rejectUnauthorized: !insecure }, env),
    connectionTimeout: CONNECT_LIMIT,
  };
}

function knowsProxies(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > 24 || (major === 24 && minor >= 5);
}
