import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { MachineExit, Machines } from "../machines.js";
import { errorAnswer, goodAnswer, type HttpAnswer } from "./answers.js";
import { type CallRecord, callLog } from "./calls.js";
import { type Cloud, emptyCloud } from "./cloud.js";
import { CONTROL_PATH, type Control, controlAnswer, held } from "./control.js";
import { dispatch } from "./dispatch.js";
import { refusal, ServiceError } from "./errors.js";
import { struckLater } from "./fail-later.js";
import { type Fault, faultTable } from "./faults.js";
import { type Holdings, holdings } from "./held.js";
import { machineExited } from "./power.js";
import { type ApiRequest, readBody, readRequest } from "./request.js";
import { applySeed, type Seed } from "./seed.js";
import { SERVICES } from "./services.js";
import { restoreState, type SavedState, saveState } from "./state.js";
import { Silence, strike } from "./strike.js";
import { type ThrottleRule, throttle } from "./throttle.js";
import { REAL_TIMES, type Times, timing } from "./times.js";

export interface EndpointOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** A loopback address; 127.0.0.1 unless said. */
  readonly host?: string;
  /** Times that differ from those of the real service, in seconds. */
  readonly times?: Partial<Times>;
  /** How long a second of the cloud lasts here; 1 unless said, 0 makes everything instant. */
  readonly scale?: number;
  /** The sandboxes behind the instances; without them, instances are records alone. */
  readonly machines?: Machines;
  /** What an earlier run left, as `readState` read it. */
  readonly state?: SavedState;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Called with each API call once it is answered. */
  readonly log?: (call: CallRecord) => void;
  /** Called with one line for the user when something goes wrong behind the answers, such as a layer that cannot be removed. */
  readonly onNotice?: (text: string) => void;
  /** Process that the signals of faults go to. */
  readonly clientPid?: number;
}

/** The local cloud's endpoint while it runs. */
export interface Endpoint {
  /** For `AWS_ENDPOINT_URL`. */
  readonly url: string;
  /** Ends it; the machines are the caller's to end. */
  readonly close: () => Promise<void>;
  /** Resolves when the machines have done all that the calls so far ask of them. */
  readonly settled: () => Promise<void>;
  /** What is to last to the next run. */
  readonly state: () => SavedState;
  readonly calls: () => readonly CallRecord[];
  /** What the account holds beyond the baseline, by kind. */
  readonly held: () => Holdings;
  /** What is held now becomes the baseline. */
  readonly baseline: () => void;
  readonly faults: (faults: readonly Fault[]) => void;
  readonly throttle: (rule: ThrottleRule | null) => void;
  /** Counts calls from 1 again and drops the faults. */
  readonly forget: () => void;
  readonly seed: (seed: Seed) => void;
  /** To be told when a machine goes down by itself (`MachineEvents.onExit`). */
  readonly onExit: (instanceId: string, how: MachineExit) => void;
}

/** The endpoint could not be started, for a reason the user can change. */
export class EndpointError extends Error {
  override readonly name = "EndpointError";
}

/**
 * Starts the local cloud's endpoint: EC2, SSM, STS, IAM, Secrets Manager and Auto Scaling of all regions on one loopback port,
 * told apart by the scope of the caller's signature. Throws an EndpointError when the port is taken.
 */
export async function startEndpoint(options: EndpointOptions = {}): Promise<Endpoint> {
  const now = options.clock ?? Date.now;
  const cloud = emptyCloud(
    timing({ ...REAL_TIMES, ...options.times }, options.scale ?? 1, now),
    options.machines,
    options.onNotice ?? (() => {}),
  );
  if (options.state !== undefined) {
    restoreState(cloud, options.state);
  }
  const control: Control = {
    cloud,
    log: callLog(),
    faults: faultTable(),
    throttle: throttle(() => performance.now()),
    baseline: holdings(cloud),
  };
  const server = createServer((request, response) => {
    serve(control, options, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  // A client that keeps its connections open must not find them closed under a call.
  server.keepAliveTimeout = 120_000;
  const url = await listen(server, options.host ?? "127.0.0.1", options.port ?? 0);
  return {
    url,
    close: () => close(server),
    settled: () => settled(cloud),
    state: () => saveState(cloud),
    calls: control.log.list,
    held: () => held(control),
    baseline: () => {
      control.baseline = holdings(cloud);
    },
    faults: control.faults.set,
    throttle: control.throttle.set,
    forget: () => {
      control.log.forget();
      control.faults.set([]);
    },
    seed: (seed) => applySeed(cloud, seed),
    onExit: (instanceId, how) => machineExited(cloud, instanceId, how),
  };
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = `Port ${port} of ${host} is in use. Choose another port, or 0 for a free one.`;
      reject(
        new EndpointError(
          error.code === "EADDRINUSE" ? taken : `The local endpoint cannot listen on ${host}:${port}: ${error.message}`,
          { cause: error },
        ),
      );
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(`http://${host}:${typeof address === "object" ? address?.port : port}`);
    });
  });
}

async function settled(cloud: Cloud): Promise<void> {
  const instances = [...cloud.regions.values()].flatMap((region) => [...region.instances.values()]);
  await Promise.all(instances.map(({ work }) => work));
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function serve(
  control: Control,
  options: EndpointOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? "/").replace(/\?.*$/s, "");
  if (path.startsWith(CONTROL_PATH)) {
    send(response, controlAnswer(control, path, await readBody(request)));
    return;
  }
  const answer = await answerTo(control, options, request, response);
  if (answer !== undefined) {
    send(response, answer);
  }
}

/** The answer to an API call, or undefined where the connection was ended instead. */
async function answerTo(
  control: Control,
  options: EndpointOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<HttpAnswer | undefined> {
  const requestId = randomUUID();
  let asked: ApiRequest;
  try {
    asked = readRequest(request, await readBody(request));
  } catch (error) {
    const [ec2] = SERVICES;
    if (error instanceof ServiceError && ec2 !== undefined) {
      return errorAnswer(ec2, error, requestId);
    }
    throw error;
  }
  const began = performance.now();
  const { service, region, action, params } = asked;
  const record = control.log.begin({ at: control.cloud.time.now(), service: service.name, region, action, params });
  try {
    const answer = await answerWithFaults(control, options, asked, record);
    record.status = 200;
    return goodAnswer(service, action, answer, requestId);
  } catch (error) {
    if (error instanceof Silence) {
      record.error = error.how;
      end(response, error.how);
      return undefined;
    }
    const said = asServiceError(error);
    record.status = said.status;
    record.error = said.code;
    return errorAnswer(service, said, requestId);
  } finally {
    record.took = performance.now() - began;
    options.log?.(record);
  }
}

/** A fault of the endpoint itself is said as the service would, with what it is. */
function asServiceError(error: unknown): ServiceError {
  return error instanceof ServiceError
    ? error
    : refusal(
        "InternalError",
        `The local endpoint failed: ${error instanceof Error ? error.stack : String(error)}`,
        500,
      );
}

async function answerWithFaults(
  { cloud, faults, throttle: limit }: Control,
  { clientPid }: EndpointOptions,
  asked: ApiRequest,
  record: CallRecord,
): ReturnType<typeof dispatch> {
  const trip = cloud.time.of("call");
  if (trip > 0) {
    await sleep(trip);
  }
  const fault = faults.take(record);
  if (fault !== undefined && fault.when !== "after") {
    await strike(fault, clientPid);
  }
  if (!limit.pass()) {
    throw tooMany(asked);
  }
  const answer = await struckLater(cloud, asked.region, fault, () => dispatch(cloud, asked));
  if (fault?.when === "after") {
    await strike(fault, clientPid);
  }
  return answer;
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

function send(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}
