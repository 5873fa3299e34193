import { DescribeRegionsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { expect, test } from "@jest/globals";
import { createCaller } from "../../../src/aws/client/call.js";
import { createEndpoints } from "../../../src/aws/client/endpoint.js";
import type { Pace } from "../../../src/aws/client/pace.js";
import type { Clock } from "../../../src/core/clock.js";
import { noDebug } from "../../../src/core/debug.js";
import { testCloud } from "../../support/cloud.js";

const cloud = testCloud({ scale: 0 });

/** Sends a call that EC2 refuses `refusals` times. It waits `queue` milliseconds for the rate limit, and AWS takes `took` for each response. */
async function send({ refusals, queue, took }: { refusals: number; queue: number; took: number }): Promise<unknown> {
  let now = 0;
  const clock: Clock = {
    now: () => now,
    sleep: async (ms, signal) => {
      // The deadline of a call ends with the call.
      if (ms === 30_000) return new Promise((resolve) => signal?.addEventListener("abort", () => resolve()));
      now += ms;
    },
  };
  const pace: Pace = {
    wait: async () => {
      now += queue;
      return { refused: () => undefined };
    },
  };
  const { AWS_ENDPOINT_URL: endpoint = "" } = cloud.env();
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new EC2Client({ region: "us-east-1", endpoint, credentials, maxAttempts: 1 });
  const settings = {
    clock,
    debug: noDebug,
    random: () => 1,
    ...{ deadline: 30_000, attempts: 10, budget: 300_000 },
    ready: async () => {
      now += took;
    },
    renew: async () => false,
    explain: async <E>(error: E) => error,
    endpoints: createEndpoints({}, undefined),
  };
  cloud
    .endpoint()
    .faults([{ action: "DescribeRegions", do: "error", code: "RequestLimitExceeded", status: 503, times: refusals }]);
  const target = { service: "ec2", region: "us-east-1", pace, endpoint: { responded: false } };
  try {
    const caller = createCaller(target, () => client, settings);
    return await caller.send(new DescribeRegionsCommand({}));
  } finally {
    client.destroy();
  }
}

test("a throttled call is repeated though it waits longer for the rate limit of its run than its budget is", async () => {
  await expect(send({ refusals: 4, queue: 200_000, took: 0 })).resolves.toMatchObject({ Regions: expect.anything() });
});

test("a throttled call ends when the other time of its attempts exceeds the budget", async () => {
  await expect(send({ refusals: 4, queue: 0, took: 200_000 })).rejects.toMatchObject({ code: "aws-throttled" });
});
