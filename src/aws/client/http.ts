import { readFileSync } from "node:fs";
import { type AgentOptions, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { BakeError, messageOf } from "../../core/errors.js";
import type { Environment } from "../../core/surroundings.js";
import { TunnelAgent } from "./proxy.js";

/** Timeout of a connection attempt, in milliseconds. */
const CONNECT_LIMIT = 10_000;

/** The request handler of SDK clients: shared keep-alive agents with the proxies of the environment. */
export interface Transport {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
  readonly connectionTimeout: number;
}

/** Options of Node's agents since 24.5, which use `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. */
interface ProxyOptions extends AgentOptions {
  readonly proxyEnv?: Environment | undefined;
}

/**
 * Opens the transport of one session; `insecure` disables the verification of certificates. `AWS_CA_BUNDLE` replaces the default
 * certificate authorities (AWS SDKs reference guide). Throws a `BakeError` when that file cannot be read.
 */
export function openTransport(env: Environment, insecure: boolean): Transport {
  const options: ProxyOptions = { keepAlive: true, maxSockets: 50, proxyEnv: env };
  const trust = { rejectUnauthorized: !insecure, ...authorities(env.AWS_CA_BUNDLE) };
  return {
    httpAgent: new HttpAgent(options),
    httpsAgent: supportsProxyEnv()
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
    throw new BakeError(`Could not read the file in AWS_CA_BUNDLE: ${messageOf(cause)}`, {
      code: "bad-ca-bundle",
      hint: "Set AWS_CA_BUNDLE to a PEM file of certificates, or unset it.",
      cause,
    });
  }
}

function supportsProxyEnv(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > 24 || (major === 24 && minor >= 5);
}
