import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DescribeRegionsCommand } from "@aws-sdk/client-ec2";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { afterEach, describe, expect, test } from "@jest/globals";
import { openSession } from "../../../src/aws/client/open-session.js";
import { ambientAccess } from "../../../src/aws/client/options.js";
import type { AwsSession } from "../../../src/aws/client/session.js";
import type { Clock } from "../../../src/core/clock.js";
import { noDebug } from "../../../src/core/debug.js";
import { startEndpoint } from "../../../src/local/endpoint/server.js";

/** A clock whose pauses take no time and move it on. The deadline of a call is not a pause: it waits for the call's end. */
function virtualClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms, signal) => {
      if (ms === 30_000) return new Promise((resolve) => signal?.addEventListener("abort", () => resolve()));
      now += ms;
    },
  };
}

const open: AwsSession[] = [];
afterEach(() => {
  for (const session of open.splice(0)) session.close();
});

async function sessionWith(
  env: Readonly<Record<string, string>>,
  clock: Clock,
  more: Partial<typeof ambientAccess> = {},
) {
  const surroundings = {
    clock,
    debug: noDebug,
    ids: { uuid: () => "u", short: () => "s", random: () => 1 },
    env: { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_EC2_METADATA_DISABLED: "true", ...env },
    credentials: { get: () => undefined, put: () => undefined },
    webIdentity: undefined,
  };
  const session = await openSession({ ...ambientAccess, region: "us-east-1", ...more }, surroundings);
  open.push(session);
  return session;
}

/** Returns a port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("an address that has never responded ends the call within seconds, and the error names its setting", () => {
  test.each<[string, (url: string) => readonly [Readonly<Record<string, string>>, Partial<typeof ambientAccess>]]>([
    ["AWS_ENDPOINT_URL", (url) => [{ AWS_ENDPOINT_URL: url }, {}]],
    ["AWS_ENDPOINT_URL_EC2", (url) => [{ AWS_ENDPOINT_URL_EC2: url, AWS_ENDPOINT_URL: "http://127.0.0.1:9" }, {}]],
    ["custom_endpoint_ec2", (url) => [{}, { custom_endpoint_ec2: url }]],
  ])("%s", async (name, settings) => {
    const url = `http://127.0.0.1:${await closedPort()}`;
    const clock = virtualClock();
    const [env, access] = settings(url);
    const ec2 = await (await sessionWith(env, clock, access)).ec2();
    await expect(ec2.send(new DescribeRegionsCommand({}))).rejects.toMatchObject({
      code: "endpoint-unreachable",
      message: `Could not connect to ${url} for DescribeRegions: connection refused (ECONNREFUSED)`,
      hint: `Check "${name}", which sets this address: start the server, correct the address, or remove the setting.`,
    });
    expect(clock.now()).toBeLessThan(8000);
  });

  test("a host name that does not exist", async () => {
    const env = { AWS_ENDPOINT_URL: "http://user:secret@ec2.invalid/path" };
    const ec2 = await (await sessionWith(env, virtualClock())).ec2();
    await expect(ec2.send(new DescribeRegionsCommand({}))).rejects.toMatchObject({
      message: expect.stringMatching(
        /^Could not connect to http:\/\/ec2\.invalid\/path for DescribeRegions: host name /,
      ),
      hint: expect.stringContaining('"AWS_ENDPOINT_URL"'),
    });
  });
});

test("an address that has responded to any service is retried for the whole budget", async () => {
  const cloud = await startEndpoint({ scale: 0 });
  const clock = virtualClock();
  const session = await sessionWith({ AWS_ENDPOINT_URL: cloud.url }, clock);
  await (await session.ec2()).send(new DescribeRegionsCommand({}));
  await cloud.close();
  const ssm = await session.ssm();
  await expect(ssm.send(new GetParameterCommand({ Name: "/a" }))).rejects.toMatchObject({ code: "aws-transient" });
  expect(clock.now()).toBeGreaterThan(30_000);
});
