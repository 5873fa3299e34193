/** The action with credentials only from a role (GitHub OIDC): in the main step, in scripts, and in the post step. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { startLocal } from "../harness/clouds.mjs";
import { openStep } from "../harness/runner.mjs";
import { startTokens } from "../harness/tokens.mjs";

const ROLE = "arn:aws:iam::123456789012:role/bake";
const POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';

const TEMPLATE = {
  builders: [
    {
      type: "amazon-ebs",
      region: "us-east-1",
      source_ami_filter: {
        filters: { name: "ubuntu/images/*ubuntu-jammy-22.04-amd64-server-*" },
        owners: ["099720109477"],
        most_recent: true,
      },
      instance_type: "t3.micro",
      ami_name: "with-a-role-{{timestamp}}",
      communicator: "none",
    },
  ],
  provisioners: [
    {
      type: "shell-local",
      inline: ['echo "key $AWS_ACCESS_KEY_ID secret $AWS_SECRET_ACCESS_KEY token $AWS_SESSION_TOKEN."'],
    },
  ],
};

let cloud;
let tokens;
let folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "bake-ami-credentials-"));
  writeFileSync(join(folder, "template.json"), JSON.stringify(TEMPLATE));
  [cloud, tokens] = await Promise.all([startLocal(false), startTokens()]);
});
beforeEach(async () => {
  await cloud.baseline();
  await cloud.forget();
  tokens.issued.length = 0;
});
after(async () => {
  tokens.close();
  await cloud.close();
  rmSync(folder, { recursive: true, force: true });
});

function stepWithRole() {
  const inputs = {
    template: join(folder, "template.json"),
    "role-to-assume": ROLE,
    "role-session-policy": POLICY,
  };
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: tokens.url,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "of-the-job",
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
  };
  return openStep(cloud, inputs, { env });
}

/** Runs main and kills it while it stops its instance: the call has no response, so the bake is there whenever the signal arrives. */
async function killWhenStopping(step) {
  await cloud.faults([{ action: "StopInstances", do: "hang" }]);
  return step.main((child) => {
    let log = "";
    child.stdout.on("data", (chunk) => {
      log += chunk;
      if (/Stopping instance/.test(log)) child.kill("SIGKILL");
    });
  });
}

const assumptions = async () =>
  (await cloud.calls()).filter(({ action }) => action === "AssumeRoleWithWebIdentity").map(({ params }) => params);

describe("a role through OpenID Connect", () => {
  test("applies the session policy, is renewed when its keys expire, and reaches local scripts masked", async () => {
    const step = stepWithRole();
    const expired = { do: "error", code: "RequestExpired", message: "Request has expired.", status: 400 };
    const { code, log } = await step.main(() => cloud.faults([{ action: "StopInstances", ...expired }]));
    assert.equal(code, 0, log);
    const requests = await assumptions();
    assert.equal(requests.length, tokens.issued.length);
    assert.ok(requests.length >= 2, "the keys were not renewed");
    for (const { RoleArn, Policy } of requests)
      assert.deepEqual({ RoleArn, Policy }, { RoleArn: ROLE, Policy: POLICY });
    assert.match(log, /key ASIA\w+ secret <sensitive> token <sensitive>\./);
    for (const token of tokens.issued) assert.ok(!log.replace(`::add-mask::${token}`, "").includes(token));
    step.close();
  });

  test("is assumed again by post, which releases what a killed bake left; a second post changes nothing", async () => {
    const step = stepWithRole();
    const main = await killWhenStopping(step);
    assert.equal(main.signal, "SIGKILL", main.log);
    assert.notDeepEqual(await cloud.held(), {});
    const before = tokens.issued.length;
    const first = await step.post();
    assert.equal(first.code, 0, first.log);
    assert.ok(tokens.issued.length > before, "post requested no token");
    assert.deepEqual(await cloud.held(), {});
    const second = await step.post();
    assert.equal(second.code, 0, second.log);
    step.close();
  });

  test("without delete permission: post lists what is left, with links to the AWS console", async () => {
    const step = stepWithRole();
    const denied = { do: "error", code: "UnauthorizedOperation", message: "You are not authorized.", status: 403 };
    assert.equal((await killWhenStopping(step)).signal, "SIGKILL");
    await cloud.faults([{ action: "DeleteSecurityGroup", times: 99, ...denied }]);
    const { code, log } = await step.post();
    assert.equal(code, 1);
    const page =
      /https:\/\/us-east-1\.console\.aws\.amazon\.com\/ec2\/home\?region=us-east-1#SecurityGroup:groupId=sg-\w+/;
    assert.match(
      log,
      /::error.*Could not remove security-group sg-\w+ in us-east-1: AWS denied ec2:DeleteSecurityGroup/,
    );
    assert.match(log, page);
    assert.match(step.summary(), page);
    await cloud.forget();
    assert.equal((await step.post()).code, 0);
    assert.deepEqual(await cloud.held(), {});
    step.close();
  });
});
