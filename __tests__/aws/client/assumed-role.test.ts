import { createServer } from "node:http";
import { DescribeRegionsCommand } from "@aws-sdk/client-ec2";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openSession } from "../../../src/aws/client/open-session.js";
import { ambientAccess } from "../../../src/aws/client/options.js";
import type { AwsSession } from "../../../src/aws/client/session.js";
import { type Clock, systemClock } from "../../../src/core/clock.js";
import { noDebug } from "../../../src/core/debug.js";
import type { WebIdentity } from "../../../src/core/surroundings.js";
import { testCloud } from "../../support/cloud.js";

const cloud = testCloud();

const NO_KEY = {
  do: "error",
  code: "InvalidIdentityToken",
  message: "Couldn't retrieve verification key from your identity provider, please reference the documentation",
  status: 400,
} as const;
const WEB = "AssumeRoleWithWebIdentity";

/** A clock that skips pauses. The deadline of a call, 30 s, is a real 100 ms. */
function skipping(): Clock & { pass(ms: number): void } {
  let skipped = 0;
  return {
    now: () => systemClock.now() + skipped,
    pass: (ms) => {
      skipped += ms;
    },
    async sleep(ms, signal) {
      if (ms === 30_000) await systemClock.sleep(100, signal);
      skipped += ms;
    },
  };
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A web identity, and the number of its tokens. */
function identity(fetchToken?: () => Promise<string>): WebIdentity & { tokens: number } {
  const made = {
    tokens: 0,
    roleArn: "arn:aws:iam::123456789012:role/bake",
    sessionName: "bake",
    sessionPolicy: '{"Version":"2012-10-17","Statement":[]}',
    fetchToken: async () => {
      made.tokens += 1;
      if (fetchToken) return fetchToken();
      return `${part({ alg: "RS256" })}.${part({ sub: "repo:example/images", aud: "sts.amazonaws.com" })}.c2ln`;
    },
  };
  return made;
}

const opened: AwsSession[] = [];

async function open(webIdentity: WebIdentity | undefined, clock: Clock = skipping(), more: object = {}) {
  const access = { ...ambientAccess, region: "us-east-1", ...more };
  const env = webIdentity ? { AWS_ENDPOINT_URL: cloud.endpoint().url } : cloud.env();
  const session = await openSession(access, {
    clock,
    env,
    webIdentity,
    debug: noDebug,
    ids: { uuid: () => "u", short: () => "s", random: () => 1 },
    credentials: { get: () => undefined, put: () => undefined },
  });
  opened.push(session);
  return session;
}

const countOf = (action: string) =>
  cloud
    .endpoint()
    .calls()
    .filter((call) => call.action === action).length;
const regions = async (session: AwsSession) => (await session.ec2()).send(new DescribeRegionsCommand({}));

beforeEach(() => cloud.endpoint().forget());
afterEach(() => {
  cloud.endpoint().faults([]);
  for (const session of opened.splice(0)) session.close();
});

describe("OpenID Connect", () => {
  test("exchanges a token for keys, once", async () => {
    const github = identity();
    const session = await open(github);
    await regions(session);
    await (await session.ec2("eu-west-1")).send(new DescribeRegionsCommand({}));
    expect(github.tokens).toBe(1);
    expect((await session.environment()).AWS_SESSION_TOKEN).toBeTruthy();
    expect(await session.expiry()).toBeUndefined();
  });

  test("renews keys once when AWS reports them as expired", async () => {
    const github = identity();
    const session = await open(github);
    const expired = { action: "DescribeRegions", do: "error", code: "RequestExpired", status: 400 } as const;
    cloud.endpoint().faults([expired]);
    await regions(session);
    expect(github.tokens).toBe(2);
    cloud.endpoint().faults([{ ...expired, times: 5 }]);
    await expect(regions(session)).rejects.toMatchObject({ code: "aws-expired" });
  });

  test("a refusal by the trust policy says what the token has, and nothing else of it", async () => {
    const message = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    cloud.endpoint().faults([{ action: WEB, do: "error", code: "AccessDenied", message, status: 403 }]);
    const error: unknown = await regions(await open(identity())).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "aws-denied",
      detail: 'The token of this job has :sub "repo:example/images" and :aud "sts.amazonaws.com"',
      hint: expect.stringContaining(":sub must match"),
    });
  });

  test("keys of the environment cannot be renewed", async () => {
    cloud.endpoint().faults([{ action: "DescribeRegions", do: "error", code: "RequestExpired", status: 400 }]);
    await expect(regions(await open(undefined))).rejects.toMatchObject({
      code: "aws-expired",
      hint: expect.stringMatching(/role-to-assume/),
    });
  });
});

describe("a call that returns keys", () => {
  test.each([
    ["the keys of the identity provider cannot be fetched", NO_KEY],
    ["STS is throttled", { do: "error", code: "Throttling", status: 400 }],
    ["STS has an error", { do: "error", code: "InternalFailure", status: 500 }],
    ["the response is lost", { do: "hangup" }],
    ["STS does not respond", { do: "hang", seconds: 60 }],
  ] as const)("is repeated while %s", async (_, fault) => {
    cloud.endpoint().faults([{ action: WEB, ...fault, times: 3 }]);
    const session = await open(identity());
    expect((await regions(session)).Regions?.length).toBeGreaterThan(10);
    expect(countOf(WEB)).toBe(4);
  });

  test.each([
    ["cannot fetch the keys of the identity provider", NO_KEY, /Couldn't retrieve verification key/, "aws-transient"],
    ["never responds", { do: "hang", seconds: 60 }, /"No response within 30 s" \(CallDeadline\)/, "aws-transient"],
  ] as const)("ends after two minutes when STS %s", async (_, fault, message, code) => {
    cloud.endpoint().faults([{ action: WEB, ...fault, times: 99 }]);
    const clock = skipping();
    const began = clock.now();
    const session = await open(identity(), clock);
    await expect(regions(session)).rejects.toMatchObject({ message: expect.stringMatching(message), code });
    expect(clock.now() - began).toBeGreaterThanOrEqual(120_000);
    expect(clock.now() - began).toBeLessThan(180_000);
    expect(countOf("DescribeRegions")).toBe(0);
  });

  test("is not repeated when AWS rejects the token", async () => {
    const message = "No OpenIDConnect provider found in your account for https://token.actions.githubusercontent.com";
    cloud.endpoint().faults([{ action: WEB, ...NO_KEY, message, times: 9 }]);
    await expect(regions(await open(identity()))).rejects.toMatchObject({
      message: `AWS rejected the OpenID Connect token (sts:${WEB} in us-east-1): "${message}" (InvalidIdentityToken)`,
      hint: expect.stringMatching(/^In IAM of the role's account, add an OpenID Connect provider/),
    });
    expect(countOf(WEB)).toBe(1);
  });

  test("has a time limit for the token too", async () => {
    const session = await open(identity(() => new Promise(() => undefined)));
    await expect(regions(session)).rejects.toMatchObject({
      code: "oidc-failed",
      message:
        "Could not get an OpenID Connect token for role arn:aws:iam::123456789012:role/bake: No response within 30 s",
    });
  });

  test("does not keep a cancelled call waiting", async () => {
    const session = await open(identity(() => new Promise(() => undefined)));
    const cancel = new AbortController();
    const call = (await session.ec2()).send(new DescribeRegionsCommand({}), cancel.signal);
    cancel.abort(new Error("cancelled by the user"));
    await expect(call).rejects.toThrow("cancelled by the user");
  });
});

describe("a renewal", () => {
  const HOUR = 3_600_000;

  test("that fails leaves the earlier keys in use; a later one succeeds", async () => {
    const clock = skipping();
    const session = await open(identity(), clock);
    await regions(session);
    const { AWS_ACCESS_KEY_ID: first } = await session.environment();
    clock.pass(0.87 * HOUR);
    cloud.endpoint().faults([{ action: WEB, ...NO_KEY, times: 99 }]);
    await regions(session);
    expect((await session.environment()).AWS_ACCESS_KEY_ID).toBe(first);
    cloud.endpoint().faults([]);
    clock.pass(60_000);
    expect((await session.environment()).AWS_ACCESS_KEY_ID).not.toBe(first);
  });
});

describe("assume_role", () => {
  const assume_role = {
    role_arn: "arn:aws:iam::123456789012:role/bake",
    external_id: undefined,
    session_name: undefined,
    duration_seconds: undefined,
    policy: undefined,
    policy_arns: [],
    tags: {},
    transitive_tag_keys: [],
  };

  test("is repeated when STS does not respond", async () => {
    cloud.endpoint().faults([{ action: "AssumeRole", do: "hang", seconds: 60, times: 2 }]);
    const session = await open(undefined, skipping(), { assume_role });
    await regions(session);
    expect(countOf("AssumeRole")).toBe(3);
  });

  test("reports what AWS denies, and both policies that can allow it", async () => {
    const message = `User: arn:aws:iam::123456789012:user/ci is not authorized to perform: sts:AssumeRole on resource: ${assume_role.role_arn}`;
    cloud.endpoint().faults([{ action: "AssumeRole", do: "error", code: "AccessDenied", message, status: 403 }]);
    await expect(regions(await open(undefined, skipping(), { assume_role }))).rejects.toMatchObject({
      message: `AWS denied sts:AssumeRole in us-east-1: "${message}" (AccessDenied)`,
      hint: expect.stringMatching(/and in the trust policy of the role/),
    });
  });
});

describe("the default chain", () => {
  test("has a time limit: a metadata service that never responds is reported", async () => {
    const server = createServer(() => undefined).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const saved = process.env;
    process.env = {
      PATH: saved.PATH,
      AWS_CONFIG_FILE: "/none",
      AWS_SHARED_CREDENTIALS_FILE: "/none",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/keys`,
    };
    try {
      const session = await openSession(
        { ...ambientAccess, region: "us-east-1" },
        {
          clock: skipping(),
          env: { AWS_ENDPOINT_URL: cloud.endpoint().url },
          webIdentity: undefined,
          debug: noDebug,
          ids: { uuid: () => "u", short: () => "s", random: () => 1 },
          credentials: { get: () => undefined, put: () => undefined },
        },
      );
      await expect(regions(session)).rejects.toMatchObject({
        code: "credentials-not-fetched",
        message: "Could not get AWS credentials from the default credential chain: No response within 30 s",
      });
      session.close();
    } finally {
      process.env = saved;
      server.closeAllConnections();
      server.close();
    }
  });
});
