import { DescribeRegionsCommand } from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { openSession } from "../../../src/aws/client/open-session.js";
import { ambientAccess } from "../../../src/aws/client/options.js";
import { reportWhile } from "../../../src/aws/client/report-while.js";
import { type Clock, systemClock } from "../../../src/core/clock.js";
import { noDebug } from "../../../src/core/debug.js";
import { progressLine } from "../../../src/report/console/progress.js";
import { testCloud } from "../../support/cloud.js";

const cloud = testCloud();

/** A clock of which a second is 2 ms. */
function fast(): Clock {
  const began = systemClock.now();
  return {
    now: () => began + (systemClock.now() - began) * 500,
    sleep: (ms, signal) => systemClock.sleep(ms / 500, signal),
  };
}

/** Collects the lines as the front ends print them. */
function reports() {
  const lines: string[] = [];
  const reportWait = (what: string, elapsed: number, text: string | undefined) =>
    void lines.push(progressLine({ what, elapsed, text }).replace(/\d+ (minutes? ?)?(\d+ )?seconds?/g, "N seconds"));
  return { lines, reportWait };
}

describe("a wait for credentials", () => {
  test("of less than ten seconds is not reported, and one that fails keeps its error", async () => {
    const { lines, reportWait } = reports();
    const wait = { clock: fast(), reportWait };
    expect(await reportWhile(wait, "x to arrive", async () => "keys")).toBe("keys");
    const fails = reportWhile(wait, "x to arrive", async () => {
      throw new Error("refused");
    });
    await expect(fails).rejects.toThrow("refused");
    await systemClock.sleep(60);
    expect(lines).toEqual([]);
  });

  test.each([
    [
      "the keys of the identity provider cannot be fetched",
      {
        do: "error",
        code: "InvalidIdentityToken",
        message: "Couldn't retrieve verification key from your identity provider",
        status: 400,
      },
      "Waiting for role arn:aws:iam::123456789012:role/bake to be assumed: Couldn't retrieve verification key from your identity provider, N seconds so far",
    ],
    [
      "STS does not respond",
      { do: "hang", seconds: 60 },
      "Waiting for role arn:aws:iam::123456789012:role/bake to be assumed: N seconds so far",
    ],
  ] as const)("is reported while %s", async (_, fault, line) => {
    cloud.endpoint().faults([{ action: "AssumeRoleWithWebIdentity", ...fault, times: 99 }]);
    const { lines, reportWait } = reports();
    const session = await openSession(
      { ...ambientAccess, region: "us-east-1" },
      {
        clock: fast(),
        env: { AWS_ENDPOINT_URL: cloud.endpoint().url },
        debug: noDebug,
        reportWait,
        webIdentity: {
          roleArn: "arn:aws:iam::123456789012:role/bake",
          sessionName: "bake",
          sessionPolicy: undefined,
          fetchToken: async () => "a.b.c",
        },
        ids: { uuid: () => "u", short: () => "s", random: () => 1 },
        credentials: { get: () => undefined, put: () => undefined },
      },
    );
    await expect((await session.ec2()).send(new DescribeRegionsCommand({}))).rejects.toThrow();
    session.close();
    cloud.endpoint().faults([]);
    expect(lines).toContain(line);
  });
});
