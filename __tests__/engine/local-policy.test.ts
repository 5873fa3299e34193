import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { noDebug } from "../../src/core/debug.js";
import { engine } from "../../src/engine/engine.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("local-policy");
const { signal } = new AbortController();

/** Serves the APIs of the local cloud with a policy, makes a call, and returns the response. */
async function callWith(policy: string): Promise<string> {
  const path = join(folder(), `policy-${Math.random()}.json`);
  writeFileSync(path, policy);
  return callWithFile(path);
}

async function callWithFile(policy: string): Promise<string> {
  const parts = engine({
    ...{ env: {}, interruption: { signal, releaseSignal: signal, stop: () => undefined }, startedAt: new Date(0) },
    ...{ debug: noDebug, webIdentity: undefined },
  });
  const stateDirectory = join(folder(), "state");
  const run = { stateDirectory, windows: "refuse", machines: "none", port: undefined, onNotice: () => {} } as const;
  const { environment, close } = await parts.serveLocal({ ...run, policy });
  try {
    const response = await fetch(environment.AWS_ENDPOINT_URL ?? "", {
      method: "POST",
      headers: { authorization: "AWS4-HMAC-SHA256 Credential=local/20261130/us-east-1/ec2/aws4_request" },
      body: "Action=DescribeKeyPairs&Version=2016-11-15",
    });
    return `${response.status} ${await response.text()}`;
  } finally {
    await close();
  }
}

const allow = (Action: string) => ({ Version: "2012-10-17", Statement: { Effect: "Allow", Action, Resource: "*" } });

test.each<[string, unknown, string]>([
  ["denies what the policy does not allow", allow("s3:*"), "403 "],
  ["allows what the policy allows", allow("ec2:Describe*"), "200 "],
  ["allows what one of several policies allows", [allow("s3:*"), allow("ec2:Describe*")], "200 "],
  ["reads several policies as they are printed", { policies: [allow("s3:*"), allow("ec2:Describe*")] }, "200 "],
  ["reads a policy as it is printed with a boundary", { policy: allow("s3:*"), boundary: allow("ec2:*") }, "403 "],
])("the local cloud %s", async (_what, policy, expected) => {
  expect(await callWith(JSON.stringify(policy))).toContain(expected);
});

test.each<[string, string, string]>([
  ["that is not JSON", "{", "not valid JSON"],
  ["that IAM would refuse", JSON.stringify(allow("Describe")), 'is not valid: Statement.Action: "Describe" must be'],
])("a policy %s is refused before the local cloud starts", async (_what, policy, message) => {
  await expect(callWith(policy)).rejects.toThrow(message);
});

test("a policy file that does not exist is refused with its path", async () => {
  const path = join(folder(), "none.json");
  await expect(callWithFile(path)).rejects.toThrow(`Could not read the policy "${path}": no such file or directory`);
});
