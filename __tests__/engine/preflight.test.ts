import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { SOURCE } from "../builders/amazon-ebs/bake.js";
import { breakAccount, changes, checks, KEY } from "../builders/amazon-ebs/look/preflight-bakes.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const cloud = testCloud({ scale: 0 });
const folder = temporaryFolder("preflight");

const GOOD = { instance_type: "t3.micro", ami_regions: ["eu-west-1"] };
const BAD = { instance_type: "t9.micro", iam_instance_profile: "gone", encrypt_boot: true, kms_key_id: "alias/gone" };

/** Runs a command on a template with a line for each option. */
async function run(command: readonly string[], options: object) {
  const builder = {
    type: "amazon-ebs",
    ami_name: "web {{timestamp}}",
    ssh_username: "ubuntu",
    region: "us-east-1",
    ...SOURCE,
  };
  writeFileSync(join(folder(), "web.json"), JSON.stringify({ builders: [{ ...builder, ...options }] }, undefined, 1));
  const env = { ...cloud.env(), XDG_STATE_HOME: folder(), BAKE_AMI_SSH_SOURCE_CIDRS: "127.0.0.0/8" };
  return runReally([...command, "web.json"], { cwd: folder(), env });
}

beforeEach(() => breakAccount(cloud));

describe("bake-ami validate -preflight", () => {
  test("checks the account with the calls of a bake, and creates nothing", async () => {
    const { code, out, err } = await run(["validate", "-preflight"], GOOD);
    expect({ code, out, err }).toEqual({
      code: 0,
      out: expect.stringContaining("The configuration is valid."),
      err: "",
    });
    expect(checks(cloud)).toEqual([
      "eu-west-1 CopyImage",
      "us-east-1 CreateSecurityGroup",
      "us-east-1 GetServiceQuota",
      "us-east-1 ImportKeyPair",
      "us-east-1 RunInstances",
    ]);
    expect(changes(cloud)).toEqual([]);
  });

  test("reports all problems, each at its line, and ends with 1", async () => {
    const { code, err } = await run(["validate", "-preflight"], BAD);
    expect(code).toBe(1);
    for (const option of ["instance_type", "iam_instance_profile", "kms_key_id"])
      expect(err).toMatch(new RegExp(`at web\\.json:\\d+:\\d+\\n +\\d+ \\| +"${option}"`));
    expect(err.match(/^Error: /gm)).toHaveLength(3);
    expect(changes(cloud)).toEqual([]);
  });

  test("reports a quota that is smaller than the instance type", async () => {
    await breakAccount(cloud, { rules: { quotas: { "L-1216C47A": 1 } } });
    const { code, err } = await run(["validate", "-preflight"], { ...GOOD, instance_type: "m5.large" });
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining('Instance type "m5.large" has 2 vCPUs, but the quota'),
    });
  });

  test("has records with -machine-readable", async () => {
    const { code, out } = await run(["-machine-readable", "validate", "-preflight"], BAD);
    expect({ code, out }).toEqual({ code: 1, out: expect.stringMatching(/^\d+,,ui,error,Error: .*KMS key/m) });
  });

  test("reports credentials that are rejected once", async () => {
    const rejected = { code: "AuthFailure", message: "AWS was not able to validate the provided access credentials" };
    cloud.endpoint().faults([{ action: "*", do: "error", status: 401, times: 99, ...rejected }]);
    const { code, err } = await run(["validate", "-preflight"], GOOD);
    expect({ code, errors: err.match(/^(Error|Warning): .*/gm) }).toEqual({
      code: 1,
      errors: [expect.stringContaining("AWS rejected the credentials")],
    });
  });

  test("without the flag, no call is made", async () => {
    expect((await run(["validate"], BAD)).code).toBe(0);
    expect(cloud.endpoint().calls()).toEqual([]);
  });
});

describe("bake-ami build", () => {
  test("reports all problems before it creates anything", async () => {
    const { code, out } = await run(["build"], BAD);
    expect(code).toBe(1);
    for (const text of [
      'KMS key "alias/gone" does not exist in us-east-1',
      "Invalid value 't9.micro'",
      'Instance profile "gone"',
    ])
      expect(out).toContain(text);
    expect(changes(cloud)).toEqual([]);
  });

  test("checks nothing with -preflight=false", async () => {
    await run(["build", "-preflight=false"], { ...BAD, kms_key_id: KEY });
    expect(checks(cloud)).toEqual([]);
  });
});
