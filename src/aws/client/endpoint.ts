import { BakeError, messageOf } from "../../core/errors.js";
import type { Environment } from "../../core/surroundings.js";
import { endpointOf, type ServiceName } from "./config.js";
import { type AwsError, codeOf } from "./errors.js";

/** What is known about the address of a client. A failed connection to an address that has responded can pass by itself. */
export interface ServiceEndpoint {
  responded: boolean;
}

/** The endpoints of one session. */
export interface SessionEndpoints {
  /** Returns the endpoint of a service in a Region; services with one address share it. `custom` is an address of the template. */
  at(custom: string | undefined, service: ServiceName, region: string): ServiceEndpoint;
  /** Returns the error of a call that could not connect (`isUnopened`). It names the address and the setting that has it. */
  unreachable(error: AwsError): BakeError;
}

/** Returns the endpoints of a session. `custom` is the template's `custom_endpoint_ec2`. */
export function createEndpoints(env: Environment, custom: string | undefined): SessionEndpoints {
  const known = new Map<string, ServiceEndpoint>();
  return {
    at(own, service, region) {
      const address = own ?? endpointOf(service, env) ?? `${service} ${region}`;
      const endpoint = known.get(address) ?? { responded: false };
      known.set(address, endpoint);
      return endpoint;
    },
    unreachable: (error) => unreachableError(error, { ...env, custom_endpoint_ec2: custom }),
  };
}

/** Codes of connections that could not be opened (Node.js, system errors), in words. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "host name not found",
  EAI_AGAIN: "host name could not be resolved",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "network is unreachable",
};

/** A connection that could not be opened. */
interface Unopened {
  readonly code: string;
  /** `127.0.0.1` or `ec2.us-east-9.amazonaws.com`. */
  readonly host: string;
  readonly port: number | undefined;
}

/** Returns whether an error means that no connection was opened, so that the request was not sent. */
export function isUnopened(error: unknown): boolean {
  return unopenedOf(error) !== undefined;
}

/** Reads the text of an error, because the SDK wraps some errors of Node.js: `connect ECONNREFUSED ::1:80`, `getaddrinfo ENOTFOUND a.b`. */
function unopenedOf(error: unknown): Unopened | undefined {
  // Node.js reports several addresses of one name as an AggregateError without a text.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const text = messageOf(first);
  const code = [codeOf(error), ...text.split(/\W+/)].find((word) => word in REASONS);
  if (code === undefined) return undefined;
  const [, place = ""] = new RegExp(`${code} (\\S+)`).exec(text) ?? [];
  const [, host, port] = /^(.+):(\d+)$/.exec(place) ?? [];
  return { code, host: host || place || "the endpoint", port: port === undefined ? undefined : Number(port) };
}

function unreachableError(error: AwsError, settings: Environment): BakeError {
  const unopened = unopenedOf(error.cause);
  const { address, setBy } = addressOf(unopened, settings);
  const reason = unopened && `: ${REASONS[unopened.code]} (${unopened.code})`;
  return new BakeError(`Could not connect to ${address} for ${error.operation}${reason ?? ""}`, {
    code: "endpoint-unreachable",
    region: error.region,
    cause: error,
    hint: setBy
      ? `Check "${setBy}", which sets this address: start the server, correct the address, or remove the setting.`
      : `Check the Region name "${error.region}", the network of this machine and its proxy settings (HTTPS_PROXY, NO_PROXY).`,
  });
}

/** Returns the address of a connection; as a URL with the name of its setting if a setting has it. */
function addressOf(
  unopened: Unopened | undefined,
  settings: Environment,
): { readonly address: string; readonly setBy?: string } {
  if (!unopened) return { address: "the endpoint" };
  for (const [name, url] of Object.entries(settings))
    if (url && SETTING.test(name) && leadsTo(url, unopened)) return { address: withoutPassword(url), setBy: name };
  const { host, port } = unopened;
  return { address: port === undefined ? host : `${host}:${port}` };
}

const SETTING = /^(custom_endpoint_ec2|aws_endpoint_url(_\w+)?|https?_proxy)$/i;

/** Returns whether a URL leads to a host and port. The error has the address of a host name, so a name is compared by the port alone. */
function leadsTo(url: string, { host, port }: Unopened): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname, port: set, protocol } = new URL(url);
  const plain = hostname.replace(/^\[|\]$/g, "");
  if (port === undefined) return plain === host;
  return Number(set || (protocol === "https:" ? 443 : 80)) === port && (plain === host || !/^[\d.]+$|:/.test(plain));
}

function withoutPassword(text: string): string {
  const url = new URL(text);
  return `${url.protocol}//${url.host}${url.pathname === "/" ? "" : url.pathname}`;
}
