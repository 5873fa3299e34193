import { readFileSync } from "node:fs";
import { type AgentOptions, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { BakeError, messageOf } from "../../core/errors.js";
import type { Environment } from "../../core/surroundings.js";
import { TunnelAgent } from "./proxy.js";

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
  readonly proxyEnv?: Environment | undefined;
}

/**
 * Connections to the endpoints of one session; `insecure` does not verify certificates. `AWS_CA_BUNDLE` names the authorities to
 * trust instead of the usual ones (AWS SDKs reference guide). Throws a `BakeError` when that file cannot be read.
 */
export function openTransport(env: Environment, insecure: boolean): Transport {
  const options: ProxyOptions = { keepAlive: true, maxSockets: 50, proxyEnv: env };
  const trust = { rejectUnauthorized: !insecure, ...authorities(env.AWS_CA_BUNDLE) };
  return {
    httpAgent: new HttpAgent(options),
    httpsAgent: knowsProxies()
      ? new HttpsAgent({ ...options, ...trust })
      : new TunnelAgent({ ...options, ...trust }, env),
    connectionTimeout: CONNECT_LIMIT,
  };
}

function authorities(file: string | undefined): { readonly ca?: string | undefined } {
  if (!file) return {};
  try {
    return { ca: readFileSync(file, "utf8") };
  } catch (cause) {
    throw new BakeError(`AWS_CA_BUNDLE cannot be read: ${messageOf(cause)}`, {
      code: "bad-ca-bundle",
      hint: "Set it to a file of certificates (PEM), or unset it.",
      cause,
    });
  }
}

function knowsProxies(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > 24 || (major === 24 && minor >= 5);
}
