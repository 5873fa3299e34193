/** A local cloud that keeps a record of its own time: when its machines worked, and when what was asked of it took its time. */
import { join } from "node:path";
import { load, scratch } from "./library.mjs";

/** What a call sets going, and which of the cloud's times it takes. */
const BEGINS = {
  RunInstances: "launch",
  StopInstances: "stop",
  TerminateInstances: "terminate",
  CreateImage: "image",
  CopyImage: "copy",
  PutParameter: "parameter",
};

/**
 * Runs `bake(env, folder)` against a new local cloud with these times (in seconds). Answers how long it took in all, how long of it the
 * cloud was at work (machines booting, stopping and being captured, images and copies on their way, calls being answered: what
 * overlaps counts once), both in milliseconds, the calls, and what `bake` answered.
 */
export async function onCloud(times, bake) {
  const [{ startEndpoint }, { openSandboxes }, { copyTime, timing }] = await Promise.all([
    load("local/endpoint/server.ts"),
    load("local/instances/sandboxes.ts"),
    load("local/endpoint/times.ts"),
  ]);
  const folder = scratch("cloud");
  const spans = [];
  let endpoint;
  const events = { onExit: (id, how) => endpoint?.onExit(id, how), onNotice: () => undefined };
  const sandboxes = recorded(await openSandboxes({ stateDir: join(folder, "state"), events }), spans);
  endpoint = await startEndpoint({ scale: 1, times, sandboxes });
  try {
    const began = Date.now();
    const value = await bake(environment(endpoint.url, folder), folder, endpoint);
    const ended = Date.now();
    const time = timing(times, 1, Date.now);
    for (const { at, took, action, region } of endpoint.calls()) {
      spans.push([at, at + took]);
      const name = BEGINS[action];
      if (name) spans.push([at, at + (name === "copy" ? copyTime(time, region) : time.of(name))]);
    }
    return { value, took: ended - began, cloud: covered(spans, began, ended), calls: [...endpoint.calls()] };
  } finally {
    await endpoint.settled();
    await endpoint.close();
    await sandboxes.close();
  }
}

/** Only these names count: everything else of the caller's environment that concerns AWS is kept away. */
function environment(url, folder) {
  return {
    ...process.env,
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_PROFILE: undefined,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_REGION: "us-west-1",
    BAKE_AMI_SSH_SOURCE_CIDRS: "127.0.0.0/8",
    XDG_STATE_HOME: folder,
  };
}

/** The sandboxes, with a span on record for each thing that they do. */
function recorded(sandboxes, spans) {
  const timed = (work) =>
    work &&
    (async (...args) => {
      const began = Date.now();
      try {
        return await work.apply(sandboxes, args);
      } finally {
        spans.push([began, Date.now()]);
      }
    });
  const { launch, stop, terminate, capture } = sandboxes;
  return {
    ...sandboxes,
    launch: timed(launch),
    stop: timed(stop),
    terminate: timed(terminate),
    capture: timed(capture),
  };
}

/** Milliseconds between `from` and `to` that at least one span covers. */
function covered(spans, from, to) {
  let total = 0;
  let end = from;
  for (const [a, b] of [...spans].sort((one, other) => one[0] - other[0])) {
    const [start, stop] = [Math.max(a, end), Math.min(b, to)];
    if (stop > start) total += stop - start;
    end = Math.max(end, stop);
  }
  return total;
}
