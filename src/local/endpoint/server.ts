import { createServer, type Server } from "node:http";
import type { RequestGate, SandboxExit, Sandboxes } from "../sandboxes.js";
import { type Cloud, emptyCloud } from "./cloud.js";
import { sandboxExited } from "./ec2/instances/power.js";
import { type Holdings, holdings } from "./holdings.js";
import { applyPolicy, type PolicyRule } from "./iam/enforcement.js";
import { applySeed, type Seed } from "./seed.js";
import { endSession } from "./ssm/sessions/sessions.js";
import { restoreState, type SavedState, saveState } from "./state.js";
import { REAL_TIMES, type Times, timing } from "./times.js";
import { type CallRecord, callLog } from "./wire/calls.js";
import { type Control, heldNow } from "./wire/control.js";
import { type Fault, faultTable } from "./wire/faults.js";
import { serveSandboxRequest } from "./wire/sandbox-request.js";
import { serve } from "./wire/serve.js";
import { type ThrottleRule, tokenBuckets } from "./wire/throttle.js";
import { serveUpgrade } from "./wire/upgrades.js";

/** What the endpoint is started with. Members left out have their defaults. */
export interface EndpointOptions {
  /** 0, the default, uses a free port. */
  readonly port?: number | undefined;
  /** A loopback address; 127.0.0.1 unless set. */
  readonly host?: string | undefined;
  /** Times that differ from those of the real service, in seconds. */
  readonly times?: Partial<Times> | undefined;
  /** How long a second of the cloud lasts here; 1 unless set, 0 makes everything instant. */
  readonly scale?: number | undefined;
  /** The sandboxes behind the instances; without them, instances are records alone. */
  readonly sandboxes?: Sandboxes | undefined;
  /** What an earlier run left, as `readState` read it. */
  readonly state?: SavedState | undefined;
  /** Whether the account uses every region, also those that need an opt-in and those of other partitions. */
  readonly everyRegion?: boolean | undefined;
  /** Whether every instance profile exists that a call names, with a role for Systems Manager: those of the user's account are not known here. */
  readonly everyProfile?: boolean | undefined;
  /** Milliseconds since the epoch. */
  readonly clock?: (() => number) | undefined;
  /** Called with each API call once its response is sent. */
  readonly log?: ((call: CallRecord) => void) | undefined;
  /** Called with one line for the user when something fails after the response, such as a layer that cannot be removed. */
  readonly onNotice?: ((text: string) => void) | undefined;
  /** Process that the signals of faults go to. */
  readonly clientPid?: number | undefined;
}

/** The local cloud's endpoint while it runs. */
export interface Endpoint {
  /** For `AWS_ENDPOINT_URL`. */
  readonly url: string;
  /** Ends it; the sandboxes are the caller's to end. */
  readonly close: () => Promise<void>;
  /** Resolves when the sandboxes have done all that the calls so far ask of them. */
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
  /** Checks signatures and dates responses by a clock that is this many seconds ahead of this host's; undefined checks none. */
  readonly skew: (seconds: number | undefined) => void;
  /** Counts calls from 1 again and drops the faults. */
  readonly forget: () => void;
  readonly seed: (seed: Seed) => void;
  /** Sets the policy that limits the calls of the user, or of a role. */
  readonly policy: (rule: PolicyRule) => void;
  /** The caller reports here that a sandbox went down by itself (`SandboxEvents.onExit`). */
  readonly onExit: (instanceId: string, how: SandboxExit) => void;
  /** The sandboxes pass requests to their instances through this (`SandboxEvents.onRequest`). */
  readonly onRequest: RequestGate;
}

/** The endpoint could not be started, for a reason that the user can change. */
export class EndpointError extends Error {
  override readonly name = "EndpointError";
}

/**
 * Starts the local cloud's endpoint: EC2, SSM, STS, IAM, Secrets Manager and Auto Scaling of all regions on one loopback port,
 * distinguished by the scope of the caller's signature. Throws an EndpointError when the port is in use.
 */
export async function startEndpoint(options: EndpointOptions = {}): Promise<Endpoint> {
  const clock = options.clock ?? Date.now;
  let passed = 0;
  const now = () => clock() + passed;
  const cloud = emptyCloud(
    timing({ ...REAL_TIMES, ...options.times }, options.scale ?? 1, now),
    options.sandboxes,
    options.onNotice ?? (() => {}),
  );
  cloud.everyRegion = options.everyRegion ?? false;
  cloud.everyProfile = options.everyProfile ?? false;
  if (options.state !== undefined) restoreState(cloud, options.state);
  const control: Control = {
    cloud,
    log: callLog(),
    faults: faultTable(now),
    throttle: tokenBuckets(() => performance.now()),
    pass: (seconds) => {
      passed += seconds * 1000;
    },
    baseline: holdings(cloud),
    skew: undefined,
  };
  const server = createServer((request, response) => {
    serve(control, options, request, response).catch((error: unknown) => {
      // The client went away in the middle of its request.
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.on(
    "upgrade",
    (request, socket, head) => void serveUpgrade(control, { request, socket, head }, options.clientPid),
  );
  // A client that keeps its connections open must not find them closed under a call.
  server.keepAliveTimeout = 120_000;
  const url = await listen(server, options.host ?? "127.0.0.1", options.port ?? 0);
  return {
    url,
    close: () => {
      endSessions(cloud);
      return close(server);
    },
    settled: () => settled(cloud),
    state: () => saveState(cloud),
    calls: control.log.list,
    held: () => heldNow(control),
    baseline: () => {
      control.baseline = holdings(cloud);
    },
    faults: control.faults.set,
    throttle: control.throttle.set,
    skew: (seconds) => {
      control.skew = seconds;
    },
    forget: () => {
      control.log.forget();
      control.faults.set([]);
    },
    seed: (seed) => applySeed(cloud, seed),
    policy: (rule) => applyPolicy(cloud, rule),
    onRequest: (action, work) => serveSandboxRequest(control, options.clientPid, action, work),
    onExit: (instanceId, how) => sandboxExited(cloud, instanceId, how),
  };
}

/** Ends the sessions of Session Manager that are still open: their agents have connections and timers. */
function endSessions(main: Cloud): void {
  for (const cloud of [main, ...main.others.values()]) {
    for (const { portSessions } of cloud.regions.values()) {
      for (const session of portSessions.values()) endSession(session, cloud.time.now(), "");
    }
  }
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "is in use" : `cannot be listened on: ${error.message}`;
      reject(new EndpointError(`Port ${port} of ${host} ${why}.`, { cause: error }));
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
