import { DescribeRegionsCommand } from "@aws-sdk/client-ec2";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { openSession } from "../../../src/aws/client/open-session.js";
import { ambientAccess } from "../../../src/aws/client/options.js";
import type { AwsSession } from "../../../src/aws/client/session.js";
import { systemClock } from "../../../src/core/clock.js";
import { type Debug, noDebug } from "../../../src/core/debug.js";
import { testCloud } from "../../support/cloud.js";

const cloud = testCloud();

/** Pauses of retries take no time. */
const impatient = { now: systemClock.now, sleep: () => Promise.resolve() };

function open(debug: Debug, more: Partial<typeof ambientAccess> = {}): Promise<AwsSession> {
  return openSession(
    { ...ambientAccess, region: "us-east-1", ...more },
    {
      clock: { ...impatient, sleep: (ms, signal) => systemClock.sleep(ms === 30_000 ? ms : 0, signal) },
      debug,
      ids: { uuid: () => "u", short: () => "s", random: () => 1 },
      env: cloud.env(),
      credentials: { get: () => undefined, put: () => undefined },
      webIdentity: undefined,
    },
  );
}

/** Runs `work` with a session, and returns the lines of its debug log about calls. */
async function logOf(
  work: (session: AwsSession) => Promise<unknown>,
  more?: Partial<typeof ambientAccess>,
): Promise<readonly string[]> {
  const lines: string[] = [];
  const session = await open((text) => lines.push(text()), more);
  await work(session).catch(() => undefined);
  session.close();
  return lines.filter((line) => /^AWS |is retried/.test(line));
}

const describeRegions = async (session: AwsSession) => (await session.ec2()).send(new DescribeRegionsCommand({}));
const requestIds = () =>
  cloud
    .endpoint()
    .calls()
    .map(({ requestId }) => requestId);

beforeEach(() => cloud.endpoint().forget());

describe("the debug log of an API call", () => {
  test("has service, Region, action, outcome, duration, attempt and the request ID that the endpoint returned", async () => {
    const [line] = await logOf(describeRegions);
    const [id] = requestIds();
    expect(line).toMatch(
      new RegExp(`^AWS ec2:DescribeRegions in us-east-1: OK, HTTP 200, \\d+ ms, attempt 1, request ID ${id}$`),
    );
  });

  test("has a line for each attempt, and the reason of each retry", async () => {
    cloud.endpoint().faults([{ do: "error", code: "RequestLimitExceeded", status: 503 }, { do: "hangup" }]);
    const lines = await logOf(describeRegions);
    const [first, , third] = requestIds();
    expect(lines).toEqual([
      expect.stringMatching(
        new RegExp(`: RequestLimitExceeded, HTTP 503, \\d+ ms, attempt 1, request ID ${first}: "An internal`),
      ),
      "ec2:DescribeRegions is retried in 500 ms: throttled",
      expect.stringMatching(/: no response \(Error\), \d+ ms, attempt 2: ".*socket hang up"$/),
      "ec2:DescribeRegions is retried in 300 ms: transient",
      expect.stringMatching(new RegExp(`: OK, HTTP 200, \\d+ ms, attempt 3, request ID ${third}$`)),
    ]);
  });

  test("has AWS's error, and no parameters", async () => {
    cloud.endpoint().faults([{ do: "error", code: "ValidationException", message: "no", status: 400 }]);
    const lines = await logOf(async (session) =>
      (await session.ssm()).send(new PutParameterCommand({ Name: "/p", Value: "hunter2-hunter2", Type: "String" })),
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^AWS ssm:PutParameter in us-east-1: ValidationException, HTTP 400, .*: "no"$/);
    expect(lines.join("\n")).not.toContain("hunter2");
  });

  test("has the call that assumes a role, without keys", async () => {
    const role = {
      role_arn: "arn:aws:iam::123456789012:role/baker",
      external_id: "external-secret",
      session_name: undefined,
      duration_seconds: undefined,
      policy: undefined,
      policy_arns: [],
      tags: {},
      transitive_tag_keys: [],
    };
    const lines = await logOf(describeRegions, { assume_role: role });
    expect(lines[0]).toMatch(/^AWS sts:AssumeRole in us-east-1: OK, HTTP 200, \d+ ms, attempt 1, request ID /);
    expect(lines[1]).toMatch(/^AWS ec2:DescribeRegions in us-east-1: OK/);
    expect(lines.join("\n")).not.toMatch(/external-secret|ASIA|AKIA/);
  });

  test("is not built when the log is off", async () => {
    const session = await open(noDebug);
    await expect(describeRegions(session)).resolves.toBeDefined();
    session.close();
  });
});
