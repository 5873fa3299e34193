import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DescribeRegionsCommand } from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { openSession, openSessionFor } from "../../../src/aws/client/open-session.js";
import { ambientAccess } from "../../../src/aws/client/options.js";
import { noDebug } from "../../../src/core/debug.js";
import type { StaticCredentials } from "../../../src/core/ledger.js";
import type { WebIdentity } from "../../../src/core/surroundings.js";
import { impatient, testCloud } from "../../support/cloud.js";
import { temporaryFolder } from "../../support/folder.js";

const cloud = testCloud();
const folder = temporaryFolder("credentials");

const NO_ROLE = {
  external_id: undefined,
  session_name: undefined,
  duration_seconds: undefined,
  policy: undefined,
  policy_arns: [],
  tags: {},
  transitive_tag_keys: [],
};
beforeEach(() => cloud.endpoint().forget());

function outside(more: { env?: Record<string, string | undefined>; webIdentity?: WebIdentity } = {}) {
  const vault = new Map<string, StaticCredentials>();
  return {
    vault,
    clock: impatient,
    ids: { uuid: () => "u", short: () => "s", random: Math.random },
    env: more.env ?? cloud.env(),
    credentials: {
      get: (name: string) => vault.get(name),
      put: (name: string, keys: StaticCredentials) => void vault.set(name, keys),
    },
    debug: noDebug,
    webIdentity: more.webIdentity,
  };
}

describe("a session", () => {
  test("uses the template's keys, and stores them by name for the post step", async () => {
    const surroundings = outside({ env: { AWS_ENDPOINT_URL: cloud.endpoint().url } });
    const access = {
      ...ambientAccess,
      region: "eu-west-1",
      access_key: "AKIATEMPLATE",
      secret_key: "hidden",
      token: "t",
    };
    const session = await openSession(access, surroundings);
    expect(await session.environment()).toEqual({
      AWS_ACCESS_KEY_ID: "AKIATEMPLATE",
      AWS_SECRET_ACCESS_KEY: "hidden",
      AWS_SESSION_TOKEN: "t",
      AWS_REGION: "eu-west-1",
      AWS_DEFAULT_REGION: "eu-west-1",
    });
    const reference = session.reference();
    expect(JSON.stringify(reference)).not.toMatch(/hidden|AKIATEMPLATE/);
    expect(surroundings.vault.get(reference.credentials ?? "")?.secretAccessKey).toBe("hidden");
    const again = openSessionFor(reference, surroundings);
    expect((await again.environment()).AWS_SECRET_ACCESS_KEY).toBe("hidden");
  });

  test("has a reference with profile, file, role, and the endpoint of its Region only", async () => {
    const access = {
      ...ambientAccess,
      region: "us-east-1",
      profile: "team",
      shared_credentials_file: "/keys",
      custom_endpoint_ec2: "http://ec2",
      assume_role: { ...NO_ROLE, role_arn: "arn:aws:iam::1:role/r", external_id: "e" },
    };
    const session = await openSession(access, outside());
    const common = {
      profile: "team",
      credentialsFile: "/keys",
      assumeRole: { roleArn: "arn:aws:iam::1:role/r", externalId: "e" },
    };
    expect(session.reference()).toEqual({ region: "us-east-1", endpoint: "http://ec2", ...common });
    expect(session.reference("eu-west-1")).toEqual({ region: "eu-west-1", ...common });
  });

  test.each([
    ["the template", { region: "a-1" }, "b-1", { AWS_REGION: "c-1" }, "a-1"],
    ["the run", {}, "b-1", { AWS_REGION: "c-1" }, "b-1"],
    ["the environment", {}, undefined, { AWS_REGION: "c-1", AWS_DEFAULT_REGION: "d-1" }, "c-1"],
    ["the older variable", {}, undefined, { AWS_DEFAULT_REGION: "d-1" }, "d-1"],
  ])("takes the region of %s", async (_, access, fallback, env, expected) => {
    expect((await openSession({ ...ambientAccess, ...access }, outside({ env }), fallback)).region).toBe(expected);
  });

  test("refuses a session token without its keys: other keys must not be used in their place", async () => {
    const env = { ...cloud.env(), AWS_SESSION_TOKEN: "ambient" };
    const session = await openSession({ ...ambientAccess, region: "eu-west-1", token: "t" }, outside({ env }));
    await expect(session.environment()).rejects.toMatchObject({
      code: "token-without-keys",
      message: '"token" is set without "access_key" and "secret_key"',
      hint: expect.stringContaining('remove "token"'),
    });
  });

  test("returns when fixed keys expire", async () => {
    const end = "2030-01-01T00:00:00Z";
    const session = await openSession(
      { ...ambientAccess, region: "a-1" },
      outside({ env: { ...cloud.env(), AWS_CREDENTIAL_EXPIRATION: end } }),
    );
    expect(await session.expiry()).toBe(Date.parse(end));
  });
});

describe("a child process gets one set of credentials", () => {
  const ambient = {
    ...{ AWS_ACCESS_KEY_ID: "AKIAAMBIENT", AWS_SECRET_ACCESS_KEY: "ambient", AWS_SESSION_TOKEN: "ambient" },
    ...{
      AWS_SECURITY_TOKEN: "ambient",
      EC2_SECURITY_TOKEN: "ambient",
      AWS_CREDENTIAL_EXPIRATION: "2030-01-01T00:00:00Z",
    },
  };
  const team = () => {
    const file = join(folder(), "team");
    writeFileSync(file, "[team]\naws_access_key_id = AKIATEAM\naws_secret_access_key = of-the-team\n");
    return file;
  };
  const template = { access_key: "AKIATEMPLATE", secret_key: "template" };

  test.each<[string, object, Record<string, string>, Record<string, string>]>([
    ["the template's keys, without a token", template, ambient, { id: "AKIATEMPLATE", secret: "template" }],
    [
      "the template's keys and their token",
      { ...template, token: "t" },
      ambient,
      { id: "AKIATEMPLATE", secret: "template", token: "t" },
    ],
    [
      "the template's keys, not the profile of the environment",
      template,
      { AWS_PROFILE: "ambient", AWS_DEFAULT_PROFILE: "ambient" },
      { id: "AKIATEMPLATE", secret: "template" },
    ],
    [
      "the keys of the environment, with their token and end",
      {},
      ambient,
      { id: "AKIAAMBIENT", secret: "ambient", token: "ambient", end: "2030-01-01T00:00:00.000Z" },
    ],
    [
      "the keys of the environment, not its profile, which some SDKs prefer",
      {},
      { AWS_ACCESS_KEY_ID: "AKIAAMBIENT", AWS_SECRET_ACCESS_KEY: "ambient", AWS_PROFILE: "other" },
      { id: "AKIAAMBIENT", secret: "ambient" },
    ],
    [
      "the keys of the template's profile, not those of the environment",
      { profile: "team" },
      { ...ambient, AWS_PROFILE: "other" },
      { id: "AKIATEAM", secret: "of-the-team" },
    ],
  ])("%s", async (_what, access, env, expected) => {
    const shared = "profile" in access ? { shared_credentials_file: team() } : {};
    const whole = { ...ambientAccess, region: "us-east-1", ...access, ...shared };
    const session = await openSession(whole, outside({ env: { AWS_ENDPOINT_URL: cloud.endpoint().url, ...env } }));
    const child: Record<string, string | undefined> = { ...env, ...(await session.environment()) };
    const set = Object.entries(child).filter(([name, value]) => value !== undefined && !/REGION/.test(name));
    expect(Object.fromEntries(set)).toEqual({
      AWS_ACCESS_KEY_ID: expected.id,
      AWS_SECRET_ACCESS_KEY: expected.secret,
      ...(expected.token && { AWS_SESSION_TOKEN: expected.token }),
      ...(expected.end && { AWS_CREDENTIAL_EXPIRATION: expected.end }),
    });
  });

  test("the profile of the environment stays with its own keys", async () => {
    const env = { AWS_ENDPOINT_URL: cloud.endpoint().url, AWS_PROFILE: "team", AWS_SHARED_CREDENTIALS_FILE: team() };
    process.env.AWS_SHARED_CREDENTIALS_FILE = env.AWS_SHARED_CREDENTIALS_FILE;
    try {
      const session = await openSession({ ...ambientAccess, region: "us-east-1" }, outside({ env }));
      expect({ ...env, ...(await session.environment()) }).toMatchObject({
        AWS_ACCESS_KEY_ID: "AKIATEAM",
        AWS_PROFILE: "team",
      });
    } finally {
      delete process.env.AWS_SHARED_CREDENTIALS_FILE;
    }
  });
});

describe("other sources of credentials", () => {
  const env = () => ({ AWS_ENDPOINT_URL: cloud.endpoint().url });

  test("a profile of a credentials file", async () => {
    const file = join(folder(), "credentials");
    writeFileSync(file, "[team]\naws_access_key_id = AKIATEAM\naws_secret_access_key = of-the-team\n");
    const access = { ...ambientAccess, region: "us-east-1", profile: "team", shared_credentials_file: file };
    const session = await openSession(access, outside({ env: env() }));
    expect(await session.environment()).toMatchObject({
      AWS_ACCESS_KEY_ID: "AKIATEAM",
      AWS_SECRET_ACCESS_KEY: "of-the-team",
    });
  });

  test("a role to assume with them, also for a session opened by reference", async () => {
    const role = {
      ...NO_ROLE,
      role_arn: "arn:aws:iam::123456789012:role/bake",
      external_id: "e",
      session_name: "bake",
      duration_seconds: 900,
      policy: '{"Version":"2012-10-17","Statement":[]}',
      policy_arns: ["arn:aws:iam::aws:policy/AmazonEC2FullAccess"],
      tags: { Team: "infra" },
      transitive_tag_keys: ["Team"],
    };
    const surroundings = outside();
    const session = await openSession({ ...ambientAccess, region: "us-east-1", assume_role: role }, surroundings);
    expect((await session.environment()).AWS_SESSION_TOKEN).toBeTruthy();
    const again = openSessionFor(session.reference("eu-west-1"), surroundings);
    expect((await again.environment()).AWS_REGION).toBe("eu-west-1");
    const assumed = cloud
      .endpoint()
      .calls()
      .filter((call) => call.action === "AssumeRole");
    const [first, second, ...more] = assumed.map((call) => call.params);
    expect(first).toMatchObject({
      RoleArn: role.role_arn,
      RoleSessionName: "bake",
      ExternalId: "e",
      DurationSeconds: "900",
      Policy: role.policy,
      PolicyArns: [{ arn: role.policy_arns[0] }],
      Tags: [{ Key: "Team", Value: "infra" }],
      TransitiveTagKeys: ["Team"],
    });
    expect(second).toEqual(first);
    expect(more).toEqual([]);
  });

  test("an SSO session that has expired: the SDK's message says how to log in", async () => {
    const file = join(folder(), "config");
    writeFileSync(
      file,
      [
        "[profile sso]",
        "sso_start_url = https://example.awsapps.com/start",
        "sso_region = us-east-1",
        "sso_account_id = 123456789012",
        "sso_role_name = bake",
        "",
      ].join("\n"),
    );
    const saved = process.env;
    process.env = { ...saved, AWS_CONFIG_FILE: file, HOME: folder() };
    try {
      const access = { ...ambientAccess, region: "us-east-1", profile: "sso", skip_metadata_api_check: true };
      const session = await openSession(access, outside({ env: env() }));
      await expect((await session.ec2()).send(new DescribeRegionsCommand({}))).rejects.toMatchObject({
        code: "aws-no-credentials",
        message: expect.stringMatching(
          /^No AWS credentials were found: profile "sso": The SSO session .* aws sso login/,
        ),
      });
      session.close();
    } finally {
      process.env = saved;
    }
  });

  test("none: the hint lists the sources", async () => {
    const access = { ...ambientAccess, region: "us-east-1", profile: "nobody", skip_metadata_api_check: true };
    const session = await openSession(
      { ...access, shared_credentials_file: join(folder(), "none") },
      outside({ env: env() }),
    );
    const ec2 = await session.ec2();
    await expect(ec2.send(new DescribeRegionsCommand({}))).rejects.toMatchObject({
      code: "aws-no-credentials",
      message: 'No AWS credentials were found: profile "nobody" has none',
      hint: expect.stringMatching(/role-to-assume.*AWS_ACCESS_KEY_ID.*AWS_PROFILE/),
    });
  });
});
