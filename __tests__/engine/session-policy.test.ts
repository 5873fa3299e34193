import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "@jest/globals";
import { noDebug } from "../../src/core/debug.js";
import { AUTOMATIC_POLICY } from "../../src/core/surroundings.js";
import type { Engine } from "../../src/engine/api.js";
import { engine } from "../../src/engine/engine.js";
import { readingRequest } from "../../src/engine/request.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";

const cloud = testCloud();
const folder = temporaryFolder("session-policy");

beforeEach(() => cloud.endpoint().forget());

/** Returns an engine whose role has a session policy for what it does. */
function automatic(): Engine {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const { signal } = new AbortController();
  return engine({
    env: { AWS_ENDPOINT_URL: cloud.endpoint().url, AWS_EC2_METADATA_DISABLED: "true", HOME: folder() },
    interruption: { signal, releaseSignal: signal, stop: () => undefined },
    startedAt: new Date(),
    debug: noDebug,
    webIdentity: {
      roleArn: "arn:aws:iam::123456789012:role/bake",
      sessionName: "bake",
      sessionPolicy: AUTOMATIC_POLICY,
      fetchToken: async () =>
        `${part({ alg: "RS256" })}.${part({ sub: "repo:acme/images", aud: "sts.amazonaws.com" })}.c2ln`,
    },
  });
}

/** Returns the actions of the session policies that STS got. */
function sessionActions(): readonly string[] {
  const policies = cloud
    .endpoint()
    .calls()
    .filter(({ action }) => action === "AssumeRoleWithWebIdentity")
    .map(
      ({ params }) =>
        JSON.parse(String(params.Policy)) as { readonly Statement: readonly { readonly Action: string | string[] }[] },
    );
  return policies.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action));
}

const calledActions = () =>
  cloud
    .endpoint()
    .calls()
    .filter(({ service }) => service !== "sts")
    .map(({ service, action }) => `${service}:${action}`);

const DATA = `data "amazon-ami" "base" {
  region = "us-east-1"
  owners = ["099720109477"]
  most_recent = true
  filters = { name = "ubuntu/images/*jammy-22.04-amd64*" }
}
source "null" "n" {
  communicator = "none"
}
build {
  sources = ["null.n"]
}
`;

const RETENTION = { keep: 3, keepDays: undefined, disableFirst: undefined, names: [] };
const PRUNE = {
  retention: RETENTION,
  regions: ["us-east-1"],
  region: "us-east-1",
  remove: false,
  onDone: () => undefined,
};
const SWEEP = {
  allowedAccounts: [],
  regions: ["us-east-1"],
  region: undefined,
  remove: false,
  onRemoved: () => undefined,
};

const HISTORY = { parameter: "/images/web/latest", regions: ["us-east-1"], region: "us-east-1", most: 1 };

test.each<[string, (parts: Engine) => Promise<unknown>, string]>([
  [
    "a data source",
    (parts) => {
      const path = join(folder(), "web.pkr.hcl");
      writeFileSync(path, DATA);
      const request = readingRequest(folder(), { path, variables: [], variableFiles: [], only: [], except: [] });
      return parts.prepare(request, { purpose: "build", mask: () => undefined });
    },
    "ec2:DescribeImages",
  ],
  ["a sweep", (parts) => parts.sweep(SWEEP), "ec2:DescribeInstances"],
  ["a prune", (parts) => parts.prune(PRUNE), "ec2:DescribeImages"],
  ["a history", (parts) => parts.history(HISTORY), "ssm:GetParameterHistory"],
])("the session of %s has a policy for its calls, and none that launches", async (_what, work, action) => {
  await work(automatic());
  const allowed = sessionActions().map((pattern) => new RegExp(`^${pattern.replaceAll("*", ".*")}$`));
  expect(allowed.length).toBeGreaterThan(0);
  expect(calledActions()).toContain(action);
  expect(calledActions().filter((called) => !allowed.some((pattern) => pattern.test(called)))).toEqual([]);
  expect(allowed.some((pattern) => pattern.test("ec2:RunInstances"))).toBe(false);
});
