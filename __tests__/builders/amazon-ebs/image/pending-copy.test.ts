import { expect, test } from "@jest/globals";
import { describeOwnImages } from "../../../../src/aws/image.js";
import { Cancelled } from "../../../../src/core/errors.js";
import { TAG } from "../../../../src/core/ownership.js";
import type { CallRecord } from "../../../../src/local/endpoint/wire/calls.js";
import { testCloud } from "../../../support/cloud.js";
import { amis, bake } from "../bake.js";

/** Called after each response. */
let onCall: (call: CallRecord) => void = () => undefined;

const instant = {
  launch: 0,
  check: 0,
  stop: 0,
  terminate: 0,
  release: 0,
  image: 0,
  register: 0,
  snapshot: 0,
  mapping: 0,
};
const times = { ...instant, consistency: 0, profile: 0, parameter: 0, volume: 0, copy: 1800 };
const cloud = testCloud({ times, log: (call) => onCall(call) });

async function copies(name: string) {
  return describeOwnImages(cloud.scope("eu-west-1"), [{ Name: "name", Values: [name] }]);
}

/** Cancels the bake some reads after its copy was started. */
function cancelDuringCopy(): AbortSignal {
  const stop = new AbortController();
  let reads = 0;
  onCall = ({ action, region }) => {
    if (
      action === "DescribeImages" &&
      region === "eu-west-1" &&
      cloud
        .endpoint()
        .calls()
        .some((c) => c.action === "CopyImage")
    )
      if (++reads === 3) stop.abort(new Cancelled("by the test"));
  };
  return stop.signal;
}

test("a copy that is pending when the run ends is kept, and the next run waits for it", async () => {
  const options = { ami_name: "slow copy", ami_regions: ["eu-west-1"] };
  const settings = {
    ownership: {
      runId: "4711",
      attempt: "1",
      repository: "o/r",
      expiresAt: Date.now() + 3_600_000,
      lifetime: 3_600_000,
    },
  };
  const first = await bake(cloud, options, { signal: cancelDuringCopy(), fingerprint: "f", settings });
  expect(first.error).toBeInstanceOf(Cancelled);
  onCall = () => undefined;
  const [pending] = await copies("slow copy");
  expect(pending).toMatchObject({ state: "pending", tags: { [TAG.unfinished]: "finish" } });
  expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
  cloud.endpoint().forget();
  const again = { ownership: { ...settings.ownership, attempt: "2" } };
  const second = amis(await bake(cloud, options, { fingerprint: "f", settings: again }));
  expect(second.images.map(({ imageId }) => imageId)).toContain(pending?.id);
  const calls = cloud
    .endpoint()
    .calls()
    .map(({ action }) => action);
  expect(calls).not.toContain("CopyImage");
  expect(calls).not.toContain("RunInstances");
  expect((await copies("slow copy")).map(({ tags }) => tags[TAG.unfinished])).toEqual([undefined]);
});

test("a pending copy that no run can find again is removed", async () => {
  const options = { ami_name: "unknown inputs", ami_regions: ["eu-west-1"] };
  cloud.endpoint().forget();
  const first = await bake(cloud, options, { signal: cancelDuringCopy() });
  expect(first.error).toBeInstanceOf(Cancelled);
  onCall = () => undefined;
  expect(await copies("unknown inputs")).toEqual([]);
});

test("a pending copy of an earlier run that fails is removed, and the next run copies again", async () => {
  const options = { ami_name: "failing copy", ami_regions: ["eu-west-1"] };
  const ownership = {
    runId: "4712",
    attempt: "1",
    repository: "o/r",
    expiresAt: Date.now() + 3_600_000,
    lifetime: 3_600_000,
  };
  cloud.endpoint().forget();
  cloud.endpoint().faults([{ action: "CopyImage", do: "fail", code: "Client.InternalError", message: "disk" }]);
  const first = await bake(cloud, options, {
    signal: cancelDuringCopy(),
    fingerprint: "g",
    settings: { ownership },
  });
  expect(first.error).toBeInstanceOf(Cancelled);
  onCall = () => undefined;
  const [pending] = await copies("failing copy");
  expect(pending?.state).toBe("pending");
  const settings = { ownership: { ...ownership, attempt: "2" } };
  const second = amis(await bake(cloud, options, { fingerprint: "g", settings }));
  expect(second.images.map(({ region }) => region).sort()).toEqual(["eu-west-1", "us-east-1"]);
  const left = await copies("failing copy");
  expect(left.map(({ id, state }) => [id === pending?.id, state])).toEqual([[false, "available"]]);
});
