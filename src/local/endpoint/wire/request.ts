import type { IncomingMessage } from "node:http";
import { SERVICES, type Service } from "../services.js";
import { refusal } from "./errors.js";
import { type Params, parseJson, parseQuery, text } from "./query.js";

/** An API request, read from HTTP. */
export interface ApiRequest {
  readonly service: Service;
  /** Region of the signature's scope; `us-east-1` for an unsigned call. */
  readonly region: string;
  readonly action: string;
  readonly params: Params;
  /** Empty for an unsigned call. */
  readonly accessKeyId: string;
  /** Host and port that the client called. */
  readonly host: string;
  /** When the request was signed, in milliseconds since the epoch; undefined for an unsigned call. */
  readonly signedAt: number | undefined;
}

/** The time of a signature, from `X-Amz-Date`: `20261130T070000Z`. */
function signedAtOf({ headers }: IncomingMessage): number | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers["x-amz-date"] ?? ""));
  if (found === null) return undefined;
  const [, year, month, day, hour, minute, second] = found;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** More than any call of the modelled services needs, in bytes. */
const BODY_MAX = 8 * 1024 * 1024;

/** The whole body of a request as text. Throws RequestEntityTooLarge. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > BODY_MAX) throw refusal("RequestEntityTooLarge", `The request is larger than ${BODY_MAX} bytes.`, 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

interface Scope {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

/** The scope of a SigV4 signature: `Credential=KEY/DATE/REGION/SERVICE/aws4_request`. The signature itself is not checked. */
function scopeOf(authorization: string | undefined): Scope | undefined {
  const found = /Credential=([^/,\s]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(authorization ?? "");
  const [, accessKeyId, region, service] = found ?? [];
  return accessKeyId && region && service ? { accessKeyId, region, service } : undefined;
}

/** The service with a name. Throws UnknownService. */
function serviceNamed(name: string): Service {
  const found = SERVICES.find((service) => service.name === name);
  if (found === undefined) {
    throw refusal(
      "UnknownService",
      `The local cloud has no service '${name}'. It has: ${SERVICES.map((service) => service.name).join(", ")}.`,
    );
  }
  return found;
}

/** Reads an API request. Throws a ServiceError for an unknown service or a body that cannot be read. */
export function readRequest(request: IncomingMessage, body: string): ApiRequest {
  const scope = scopeOf(request.headers.authorization);
  const service = serviceNamed(scope?.service ?? "sts");
  const { region = "us-east-1", accessKeyId = "" } = scope ?? {};
  const signedAt = scope && signedAtOf(request);
  const host = request.headers.host ?? "";
  const target = request.headers["x-amz-target"];
  if (typeof target === "string") {
    return {
      service,
      region,
      accessKeyId,
      host,
      signedAt,
      action: target.slice(target.lastIndexOf(".") + 1),
      params: jsonParams(body),
    };
  }
  const { search } = new URL(request.url ?? "/", "http://localhost");
  const { Action, Version: _version, ...params } = parseQuery(body === "" ? search.slice(1) : body);
  return {
    service,
    region,
    accessKeyId,
    host,
    signedAt,
    action: text({ Action: Action ?? "" }, "Action") ?? "",
    params,
  };
}

function jsonParams(body: string): Params {
  try {
    return parseJson(body);
  } catch {
    throw refusal("SerializationException", "The body of the request is not a JSON object.");
  }
}
