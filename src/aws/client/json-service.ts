import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import type { MetadataBearer } from "@smithy/types";
import { readBody } from "../../core/bounded-body.js";
import type { Environment } from "../../core/surroundings.js";
import { type CallSettings, type CallTarget, createAttempts } from "./call.js";
import { endpointOf, type JsonServiceName } from "./config.js";
import type { Transport } from "./http.js";
import type { ServerTime } from "./server-time.js";
import { type Signer, signedHeaders } from "./signature.js";

/** Prefixes of the header `X-Amz-Target`, by service. */
const TARGETS: Readonly<Record<JsonServiceName, string>> = {
  "ec2-instance-connect": "AWSEC2InstanceConnectService",
  kms: "TrentService",
  servicequotas: "ServiceQuotasV20190624",
};

/** The fields of a response. */
export type JsonFields = Readonly<Record<string, unknown>>;

/** Calls a service of the AWS JSON 1.1 protocol, of which the bundle has no client of the SDK. */
export interface JsonCaller {
  /** Rejects as `Caller.send` does. */
  call(operation: string, input: JsonFields, signal?: AbortSignal): Promise<JsonFields>;
}

/** What the calls of a session have in common. */
export interface JsonConnection {
  readonly transport: Transport;
  readonly env: Environment;
  readonly serverTime: ServerTime;
  readonly credentials: () => Promise<Signer["credentials"]>;
}

/** Returns a caller of a service. Its calls are paced, limited and repeated as those of the SDK's clients are. */
export function createJsonCaller(
  service: JsonServiceName,
  target: CallTarget,
  connection: JsonConnection,
  settings: CallSettings,
): JsonCaller {
  const attempts = createAttempts(target, settings);
  const url = new URL(endpointOf(service, connection.env) ?? standardEndpoint(service, target.region, connection.env));
  return {
    async call(operation, input, signal) {
      const post = {
        headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `${TARGETS[service]}.${operation}` },
        body: JSON.stringify(input),
      };
      const request = { service, region: target.region, url, post };
      const attempt = (until: AbortSignal) => send(request, connection, until);
      return (await attempts({ operation, attempt }, signal)).fields;
    },
  };
}

interface JsonResponse extends MetadataBearer {
  readonly fields: JsonFields;
}

/** A POST request to sign. */
interface JsonRequest {
  readonly service: string;
  readonly region: string;
  readonly url: URL;
  readonly post: { readonly headers: Readonly<Record<string, string>>; readonly body: string };
}

/** Difference between the time of a signature and that of the service, above which the signature is refused (IAM User Guide): 5 minutes. */
const SKEW = 4 * 60_000;

async function send(request: JsonRequest, connection: JsonConnection, signal: AbortSignal): Promise<JsonResponse> {
  const { serverTime } = connection;
  const now = serverTime.now();
  const headers = await signedHeaders(request, { credentials: await connection.credentials(), now });
  const response = await post(request, { ...headers }, connection.transport, signal);
  serverTime.observe(response.headers.date);
  // A response that is too large ends with the error of `limitResponses`, which names the call.
  const text = await readBody(response, Number.POSITIVE_INFINITY);
  const requestId = response.headers["x-amzn-requestid"];
  const $metadata = {
    httpStatusCode: response.statusCode ?? 0,
    ...(typeof requestId === "string" ? { requestId } : {}),
    clockSkewCorrected: Math.abs(serverTime.now() - now) > SKEW,
  };
  const fields = parse(text);
  if ($metadata.httpStatusCode === 200 && fields) return { fields, $metadata };
  throw refusal(response, fields ?? {}, $metadata);
}

function post(
  { url, post: { body } }: JsonRequest,
  headers: Record<string, string>,
  { httpAgent, httpsAgent, connectionTimeout }: Transport,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const secure = url.protocol === "https:";
  return new Promise((resolve, reject) => {
    const options = { method: "POST", headers, signal, agent: secure ? httpsAgent : httpAgent };
    const sent = (secure ? secureRequest : plainRequest)(url, options, resolve);
    sent.once("socket", (socket) => {
      if (!socket.connecting) return;
      const late = setTimeout(() => {
        sent.destroy(
          Object.assign(new Error(`No connection within ${connectionTimeout} ms`), { name: "TimeoutError" }),
        );
      }, connectionTimeout);
      for (const event of ["connect", "close"]) socket.once(event, () => clearTimeout(late));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function parse(text: string): JsonFields | undefined {
  try {
    const value: unknown = text === "" ? {} : JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the error of a response: its code is in a header, or in the field `__type` after a name space (AWS JSON protocol, errors). */
function refusal(
  { headers }: IncomingMessage,
  fields: JsonFields,
  $metadata: object & { httpStatusCode: number },
): Error {
  const given = headers["x-amzn-errortype"] ?? fields.__type ?? fields.code;
  const name = /([^#:]+)(?::.*)?$/.exec(String(given ?? "").replace(/^.*#/, ""))?.[1] ?? "InternalFailure";
  const message = fields.message ?? fields.Message;
  const said = typeof message === "string" ? message : `HTTP ${$metadata.httpStatusCode}`;
  return Object.assign(new Error(said), { name, $metadata });
}

/** Domains of the partitions (AWS General Reference, "Service endpoints"), by the beginning of the Region. */
const DOMAINS: readonly (readonly [RegExp, string])[] = [
  [/^cn-/, "amazonaws.com.cn"],
  [/^us-iso-/, "c2s.ic.gov"],
  [/^us-isob-/, "sc2s.sgov.gov"],
  [/^us-isof-/, "csp.hci.ic.gov"],
  [/^eu-isoe-/, "cloud.adc-e.uk"],
  [/^eusc-/, "amazonaws.eu"],
];

/** Returns the endpoint of a service in a Region, with the two variables that the SDK's clients read too (SDKs reference guide). */
function standardEndpoint(service: JsonServiceName, region: string, env: Environment): string {
  const isSet = (name: string) => env[name]?.toLowerCase() === "true";
  const domain = DOMAINS.find(([pattern]) => pattern.test(region))?.[1] ?? "amazonaws.com";
  const dual = domain === "amazonaws.com.cn" ? "api.amazonwebservices.com.cn" : "api.aws";
  const host = `${service}${isSet("AWS_USE_FIPS_ENDPOINT") ? "-fips" : ""}.${region}`;
  return `https://${host}.${isSet("AWS_USE_DUALSTACK_ENDPOINT") ? dual : domain}`;
}
