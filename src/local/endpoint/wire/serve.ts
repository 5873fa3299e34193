import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cloud } from "../cloud.js";
import { withLaterFault } from "../ec2/instances/power.js";
import { SERVICES } from "../services.js";
import type { Times } from "../times.js";
import type { CallRecord } from "./calls.js";
import { CONTROL_PATH, type Control, controlResponse } from "./control.js";
import { dispatch } from "./dispatch.js";
import { refusal, ServiceError } from "./errors.js";
import { applyFault, type Fault, NoResponse } from "./faults.js";
import { type ApiRequest, readBody, readRequest } from "./request.js";
import { errorResponse, type HttpResponse, successResponse } from "./responses.js";

/** The listener for calls, and the process that the signals of faults go to. */
export interface ServeOptions {
  readonly log?: ((call: CallRecord) => void) | undefined;
  readonly clientPid?: number | undefined;
}

/** Requests of web pages are refused: a browser sends the origin of a request, the SDKs and tools do not. */
function isFromPage({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined || headers["sec-fetch-site"] !== undefined;
}

/** Serves one HTTP request: a control call, or an API call with the faults that are set for it. */
export async function serve(
  control: Control,
  options: ServeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (isFromPage(request)) {
    send(response, { status: 403, headers: { "content-type": "text/plain" }, body: "Not for web pages.\n" });
    return;
  }
  const path = (request.url ?? "/").replace(/\?.*$/s, "");
  if (path.startsWith(CONTROL_PATH)) {
    send(response, controlResponse(control, path, await readBody(request)));
    return;
  }
  const result = await responseTo(control, options, request, response);
  if (result !== undefined) send(response, result, serviceTime(control) ?? control.cloud.time.now());
}

/** The time in which signatures are checked, in milliseconds since the epoch; undefined if they are not. */
function serviceTime({ skew }: Control): number | undefined {
  return skew === undefined ? undefined : Date.now() + skew * 1000;
}

/** The response to an API call, or undefined where the connection was ended instead. */
async function responseTo(
  control: Control,
  options: ServeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<HttpResponse | undefined> {
  const requestId = randomUUID();
  let requested: ApiRequest;
  try {
    requested = readRequest(request, await readBody(request));
  } catch (error) {
    const [ec2] = SERVICES;
    if (error instanceof ServiceError && ec2 !== undefined) return errorResponse(ec2, error, requestId);
    throw error;
  }
  const began = performance.now();
  const { service, region, action, params } = requested;
  const at = control.cloud.time.now();
  const record = control.log.begin({ at, service: service.name, region, action, params, requestId });
  try {
    const result = await handleWithFaults(control, options, requested, record);
    record.status = 200;
    return successResponse(service, action, result, requestId);
  } catch (error) {
    if (error instanceof NoResponse) {
      record.error = error.how;
      end(response, error.how);
      return undefined;
    }
    const said = asServiceError(error);
    record.status = said.status;
    record.error = said.code;
    return errorResponse(service, said, requestId);
  } finally {
    record.took = performance.now() - began;
    options.log?.(record);
  }
}

/** A failure of the endpoint itself becomes an InternalError with its stack. */
function asServiceError(error: unknown): ServiceError {
  return error instanceof ServiceError
    ? error
    : refusal(
        "InternalError",
        `The local endpoint failed: ${error instanceof Error ? error.stack : String(error)}`,
        500,
      );
}

async function handleWithFaults(
  control: Control,
  { clientPid }: ServeOptions,
  requested: ApiRequest,
  record: CallRecord,
): ReturnType<typeof dispatch> {
  const { cloud, faults, throttle: limit } = control;
  const trip = cloud.time.of("call");
  if (trip > 0) await sleep(trip);
  checkSignedAt(requested, serviceTime(control));
  const fault = faults.next(record);
  if (fault !== undefined && fault.when !== "after") await applyFault(fault, clientPid);
  if (!limit.pass(requested.service.name, requested.region)) throw tooMany(requested);
  const result = await withLaterFault(cloud, requested.region, fault, () =>
    dispatch(asSeen(cloud, requested, fault), requested, record.asked),
  );
  if (fault?.when === "after") await applyFault(fault, clientPid);
  return result;
}

/** How old the newest resource is that a lagging replica knows, in seconds. */
const UNSEEN = 3600;

/** Actions that change nothing. */
const READ = /^(Describe|Get|List)/;

/** The cloud as a call sees it: all states follow from the clock, so a stale read is one with the clock put back. */
function asSeen(cloud: Cloud, { action }: ApiRequest, fault: Fault | undefined): Cloud {
  if (fault?.do === "unseen") {
    const youngest = (fault.seconds ?? UNSEEN) * 1000;
    const isLag = (name: keyof Times) => name === "consistency" || name === "profile";
    const of = (name: keyof Times) => (isLag(name) ? youngest : cloud.time.of(name));
    return { ...cloud, time: { ...cloud.time, of } };
  }
  if (fault?.do !== "stale" || !READ.test(action)) return cloud;
  const late = (fault.seconds ?? 60) * 1000;
  return { ...cloud, time: { ...cloud.time, now: () => cloud.time.now() - late } };
}

/** How far the time of a signature may be from the service's, in milliseconds. */
const SKEW_MAX = 5 * 60_000;

/** Throws where a signature is too old or of the future, as each protocol reports it. */
function checkSignedAt({ service, signedAt }: ApiRequest, now: number | undefined): void {
  if (signedAt === undefined || now === undefined || Math.abs(now - signedAt) <= SKEW_MAX) return;
  if (service.name === "ec2") throw refusal("RequestExpired", "Request has expired.");
  const late = signedAt < now ? "Signature expired" : "Signature not yet current";
  const code = service.protocol === "json" ? "InvalidSignatureException" : "SignatureDoesNotMatch";
  throw refusal(code, `${late}: the request was signed at ${new Date(signedAt).toISOString()}`, 403);
}

function tooMany({ service }: ApiRequest): ServiceError {
  return service.name === "ec2"
    ? refusal("RequestLimitExceeded", "Request limit exceeded.", 503)
    : refusal(service.protocol === "json" ? "ThrottlingException" : "Throttling", "Rate exceeded");
}

function end(response: ServerResponse, how: "hangup" | "reset"): void {
  const { socket } = response;
  if (how === "reset") {
    socket?.resetAndDestroy();
  } else {
    socket?.destroy();
  }
}

/** Sends a response. `at` is the time of its `Date` header, as in AWS's responses; that of this host unless set. */
function send(response: ServerResponse, { status, headers, body }: HttpResponse, at = Date.now()): void {
  response.writeHead(status, {
    ...headers,
    date: new Date(at).toUTCString(),
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}
