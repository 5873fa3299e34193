/** Runs a bake on a local cloud and measures the cloud's own time: its sandboxes, its API calls and its waiting times. */
import { join } from "node:path";
import { load, scratch } from "./library.mjs";

/** Calls that start a waiting time of the cloud, with the name of that time. */
const WAITS = {
  RunInstances: "launch",
  StopInstances: "stop",
  TerminateInstances: "terminate",
  CreateImage: "image",
  CopyImage: "copy",
  PutParameter: "parameter",
};

/**
 * Runs `bake(env, folder)` against a new local cloud with these waiting times (in seconds). Returns the total time (`took`) and the
 * cloud's own time (`cloud`), both in milliseconds, the calls, and the result of `bake`. The cloud's own time is the time of sandboxes
 * that start, stop and are captured, of pending images and copies, and of API calls. Overlapping times count once.
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
      const name = WAITS[action];
      if (name) spans.push([at, at + (name === "copy" ? copyTime(time, region) : time.of(name))]);
    }
    return { value, took: ended - began, cloud: covered(spans, began, ended), calls: [...endpoint.calls()] };
  } finally {
    await endpoint.settled();
    await endpoint.close();
    await sandboxes.close();
  }
}

/** Returns the environment of a bake. It overrides the caller's AWS settings. */
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

/** Returns sandboxes that record the time span of each operation. */
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

/** Returns the milliseconds between `from` and `to` that at least one span covers. */
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
