import { expect, test } from "@jest/globals";
import { type Clock, systemClock } from "../../../src/core/clock.js";
import { testCloud } from "../../support/cloud.js";
import { amis, bake, heldImages } from "./bake.js";

const HOUR = 3_600_000;

/**
 * A clock that runs 600 times as fast: an hour lasts 6 s, and a renewal begins 1.5 s before the keys expire, which a busy host keeps. The
 * deadline of a call is a real 5 s.
 */
function fast(): Clock {
  const began = systemClock.now();
  return {
    now: () => began + (systemClock.now() - began) * 600,
    sleep: (ms, signal) => systemClock.sleep(ms === 30_000 ? 5000 : ms / 600, signal),
  };
}

const clock = fast();
const cloud = testCloud({ scale: 1, clock: clock.now, times: { copy: 5400 } });

const assume_role = {
  role_arn: "arn:aws:iam::123456789012:role/bake",
  external_id: "e",
  policy: '{"Version":"2012-10-17","Statement":[]}',
  tags: { Team: "infra" },
};

test("a bake of four hours with a copy of 90 minutes renews its credentials each hour, though renewals fail at first", async () => {
  cloud
    .endpoint()
    .faults([2, 4].map((nth) => ({ action: "AssumeRole", nth, do: "error", code: "InternalFailure", status: 500 })));
  const began = clock.now();
  const options = { ami_name: "long", ami_regions: ["eu-west-1"], assume_role };
  const ended = await bake(cloud, options, { clock, provision: () => clock.sleep(2.5 * HOUR) });
  expect(amis(ended).images.map(({ region }) => region)).toEqual(["eu-west-1", "us-east-1"]);
  expect(heldImages(cloud)).toEqual(["eu-west-1/long", "us-east-1/long"]);
  expect(clock.now() - began).toBeGreaterThan(3.5 * HOUR);
  const calls = cloud.endpoint().calls();
  const renewals = calls.filter(({ action }) => action === "AssumeRole");
  const [first] = renewals;
  expect(renewals.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(3);
  expect(renewals.filter(({ status }) => status === 500)).toHaveLength(2);
  for (const { params } of renewals) expect(params).toEqual(first?.params);
  // The provisioner made no call for two hours and a half, so its keys expired unseen. No call was sent with expired keys.
  // A security group that the terminating instance still uses is refused with DependencyViolation, and deleted later.
  const refused = calls.filter(
    ({ status, action, error }) => status !== 200 && action !== "AssumeRole" && error !== "DependencyViolation",
  );
  expect(refused).toEqual([]);
}, 120_000);
