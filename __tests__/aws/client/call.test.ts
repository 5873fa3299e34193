import { CreateSecurityGroupCommand, DescribeRegionsCommand } from "@aws-sdk/client-ec2";
import { ListRolesCommand } from "@aws-sdk/client-iam";
import { DescribeParametersCommand } from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openSession } from "../../../src/aws/client/open-session.js";
import { ambientAccess } from "../../../src/aws/client/options.js";
import type { Clock } from "../../../src/core/clock.js";
import { systemClock } from "../../../src/core/clock.js";
import { noDebug } from "../../../src/core/debug.js";
import { Cancelled } from "../../../src/core/errors.js";
import { testCloud } from "../../support/cloud.js";

const cloud = testCloud();

/** Pauses of a retry take no time; the deadline of a call, 30 s, is a real 200 ms. */
function quick(pauses: number[]): Clock {
  return {
    now: systemClock.now,
    sleep: (ms, signal) => {
      if (ms !== 30_000) pauses.push(ms);
      return systemClock.sleep(ms === 30_000 ? 200 : 0, signal);
    },
  };
}

async function open(pauses: number[] = [], more: Partial<typeof ambientAccess> = {}) {
  return openSession(
    { ...ambientAccess, region: "us-east-1", ...more },
    {
      clock: quick(pauses),
      ids: { uuid: () => "u", short: () => "s", random: () => 1 },
      env: cloud.env(),
      credentials: { get: () => undefined, put: () => undefined },
      debug: noDebug,
      webIdentity: undefined,
    },
  );
}

beforeEach(() => cloud.endpoint().forget());
const calls = () => cloud.endpoint().calls().length;

describe("a call that fails", () => {
  test.each([
    ["because of throttling", { do: "error", code: "RequestLimitExceeded", status: 503 }],
    ["inside AWS", { do: "error", code: "InternalError", status: 500 }],
    ["without a response", { do: "hangup" }],
    ["with a reset", { do: "reset" }],
    ["by timeout", { do: "hang", seconds: 60 }],
  ] as const)("%s is retried", async (_, fault) => {
    cloud.endpoint().faults([{ ...fault, times: 2 }]);
    const session = await open();
    const ec2 = await session.ec2();
    const response = await ec2.send(new DescribeRegionsCommand({}));
    expect(response.Regions?.length).toBeGreaterThan(10);
    expect(calls()).toBe(3);
    session.close();
  });

  test.each([
    ["UnauthorizedOperation", "aws-denied", /^AWS denied ec2:DescribeRegions in us-east-1: "/],
    [
      "InvalidParameterValue",
      "aws-invalid",
      /^AWS call ec2:DescribeRegions in us-east-1 failed: "set by the test" \(InvalidParameterValue\)/,
    ],
  ])("with %s is reported at once", async (code, ours, message) => {
    cloud.endpoint().faults([{ do: "error", code, message: "set by the test", status: 403 }]);
    const session = await open();
    const ec2 = await session.ec2();
    await expect(ec2.send(new DescribeRegionsCommand({}))).rejects.toMatchObject({
      code: ours,
      message: expect.stringMatching(message),
    });
    expect(calls()).toBe(1);
    session.close();
  });

  test("is not retried after max_retries attempts, with pauses that double", async () => {
    cloud.endpoint().faults([{ do: "error", code: "RequestLimitExceeded", status: 503, times: 9 }]);
    const pauses: number[] = [];
    const session = await open(pauses, { max_retries: 4 });
    const ec2 = await session.ec2();
    await expect(ec2.send(new DescribeRegionsCommand({}))).rejects.toMatchObject({ code: "aws-throttled" });
    expect(calls()).toBe(4);
    expect(pauses.filter((ms) => [500, 1000, 2000, 4000].includes(ms))).toEqual([500, 1000, 2000]);
    session.close();
  });

  test("after a lost response may have taken effect", async () => {
    cloud.endpoint().faults([{ action: "CreateSecurityGroup", when: "after", do: "hangup" }]);
    const session = await open();
    const ec2 = await session.ec2();
    const command = new CreateSecurityGroupCommand({ GroupName: "lost", Description: "x" });
    await expect(ec2.send(command)).rejects.toMatchObject({ failure: "duplicate", afterLostResponse: true });
    session.close();
  });
});

describe("a host whose clock is wrong", () => {
  afterEach(() => cloud.endpoint().skew(undefined));

  test.each([
    ["an hour behind", 3600],
    ["25 hours ahead", -25 * 3600],
  ])("by %s signs its second attempt, and all later ones, with the time of AWS", async (_, seconds) => {
    cloud.endpoint().skew(seconds);
    const session = await open();
    const [ec2, ssm, iam] = [await session.ec2(), await session.ssm(), await session.iam()];
    await ec2.send(new DescribeRegionsCommand({}));
    await ec2.send(new DescribeRegionsCommand({}));
    await ssm.send(new DescribeParametersCommand({}));
    await iam.send(new ListRolesCommand({}));
    const refused = cloud
      .endpoint()
      .calls()
      .map(({ action, error }) => [action, error]);
    expect(refused).toEqual([
      ["DescribeRegions", "RequestExpired"],
      ["DescribeRegions", undefined],
      ["DescribeRegions", undefined],
      ["DescribeParameters", "InvalidSignatureException"],
      ["DescribeParameters", undefined],
      ["ListRoles", "SignatureDoesNotMatch"],
      ["ListRoles", undefined],
    ]);
    session.close();
  });

  test("is not the reason of a signature that a wrong key made", async () => {
    cloud.endpoint().faults([{ do: "error", code: "SignatureDoesNotMatch", message: "no", status: 403, times: 9 }]);
    const session = await open();
    const ec2 = await session.ec2();
    await expect(ec2.send(new DescribeRegionsCommand({}))).rejects.toMatchObject({ failure: "denied" });
    expect(calls()).toBe(1);
    session.close();
  });
});

test("an abort ends a call that hangs", async () => {
  cloud.endpoint().faults([{ do: "hang", seconds: 60 }]);
  const session = await open();
  const ec2 = await session.ec2();
  const stop = new AbortController();
  const sent = ec2.send(new DescribeRegionsCommand({}), stop.signal);
  stop.abort(new Cancelled("by the test"));
  await expect(sent).rejects.toThrow("by the test");
  session.close();
});
