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

/** Calls that the instance of the build needs too, in the order of its instance. The rows of other bakes are at these. */
const OF_BOTH = new Set([
  "CreateSecurityGroup",
  "AuthorizeSecurityGroupIngress",
  "ImportKeyPair",
  "RunInstances",
  "TerminateInstances",
  "DeleteKeyPair",
  "DeleteSecurityGroup",
]);

/**
 * Returns the points of a bake at which faults strike: its calls after that which created the image, up to the first that publishes. Of calls
 * that poll, one is taken, and of those that release the instance of the build, none. For tests that fail (`failing tests`), they are the
 * calls after the verdict: the release of the instance that was tested, and the removal of the images.
 */
export function testedPoints(calls, bakes) {
  const seqOf = (call) => call?.seq ?? Number.POSITIVE_INFINITY;
  const isRead = ({ action }) => action.startsWith("Describe");
  const created = calls.find(({ action }) => action === "CreateImage");
  const checked = calls.findLast(({ action }) => action === "DescribeInstanceStatus");
  const from = seqOf(bakes === "tested" ? created : checked);
  const to = seqOf(calls.find(({ action }) => action === "PutParameter"));
  const during = calls.filter(({ seq, action, nth }) => seq > from && seq < to && !(OF_BOTH.has(action) && nth === 1));
  const firstRead = new Map(
    during
      .filter(isRead)
      .reverse()
      .map((call) => [call.action, call]),
  );
  return during
    .filter((call) => call.action !== "CopyImage" && (!isRead(call) || firstRead.get(call.action) === call))
    .map(({ seq, action, nth }) => ({ seq, action, at: { action, nth } }));
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
