/**
 * Faults while an image is tested. A row is a kind of fault at a call from the moment the image is available to that when it is published, or
 * removed because its tests failed. The tests of "failing tests" fail in the first run and pass in the rerun: an image that failed is never
 * published, and none is left.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { KINDS } from "./kinds.mjs";

/** The kinds of fault at each call of the tests. */
export const TESTED_KINDS = Object.fromEntries(
  ["killed before", "killed after", "runner lost", "answer lost", "SIGINT", "throttled", "error 500", "fails late"].map(
    (name) => [name, KINDS[name]],
  ),
);

/** Most points at the same call that only reads: a bake polls. */
const READS = 3;

/**
 * Returns the points of a bake at which faults strike: its calls after that which created the image, up to the first that publishes. Of calls that
 * poll, only the first, the last and one between are taken.
 */
export function testedPoints(calls) {
  const from = calls.find(({ action }) => action === "CreateImage")?.seq ?? 0;
  const to = calls.find(({ action }) => action === "PutParameter")?.seq ?? Number.POSITIVE_INFINITY;
  const during = calls.filter(({ seq }) => seq > from && seq < to);
  const byAction = Map.groupBy?.(during, ({ action }) => action) ?? grouped(during);
  const points = [...byAction].flatMap(([action, each]) => (isPolled(action) ? spread(each) : each));
  return points.map(({ seq, action, nth }) => ({ seq, action, at: { action, nth } })).sort((a, b) => a.seq - b.seq);
}

const isPolled = (action) => action.startsWith("Describe");

function grouped(calls) {
  const groups = new Map();
  for (const call of calls) groups.set(call.action, [...(groups.get(call.action) ?? []), call]);
  return groups;
}

function spread(calls) {
  const chosen = [0, Math.floor(calls.length / 2), calls.length - 1].slice(0, Math.min(READS, calls.length));
  return [...new Set(chosen)].map((index) => calls[index]);
}

const PASSES = "#!/bin/sh\necho looks good\n";
const FAILS = "#!/bin/sh\necho looks bad >&2\nexit 1\n";

/** Returns the inputs of a bake whose image is tested, and of its rerun; undefined for other bakes. */
export function testedOf(kind, folder) {
  if (kind !== "tested" && kind !== "failing tests") return undefined;
  const write = (name, text) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return { test: path };
  };
  const passes = write("passes.sh", PASSES);
  if (kind === "tested") return { inputs: passes, rerunInputs: passes, isRefused: false };
  return { inputs: write("fails.sh", FAILS), rerunInputs: passes, isRefused: true };
}

/** Returns what is wrong after a run whose tests failed, or that was ended before: a finished image, or a parameter. */
export function published({ images, parameters }) {
  return [
    ...images
      .filter(({ mark }) => mark === undefined)
      .map(({ id, region }) => `${id} in ${region} is finished, but its tests failed`),
    ...parameters.map(({ name, region }) => `${name} in ${region} was published, but the tests failed`),
  ];
}
