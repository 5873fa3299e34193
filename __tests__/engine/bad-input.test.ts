import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import type { Json } from "../../src/options/collections.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("bad-input");
const cloud = testCloud();

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

const GOOD: Readonly<Record<string, Json>> = {
  type: "amazon-ebs",
  region: "us-east-1",
  instance_type: "t3.micro",
  ami_name: "bad-input",
  communicator: "none",
  source_ami_filter: {
    filters: { name: "ubuntu/images/*ubuntu-jammy-22.04-amd64-server-*" },
    owners: ["099720109477"],
    most_recent: true,
  },
};
const filter = (given: Json) => JSON.stringify({ builders: [{ ...GOOD, source_ami_filter: given }] });
const builder = (given: Readonly<Record<string, Json>>, more: object = {}) =>
  JSON.stringify({ ...more, builders: [{ ...GOOD, ...given }] }, undefined, 1);

/** Builds a template; the account is reached but for `env`. */
async function build(template: string | undefined, env: Readonly<Record<string, string>> = {}) {
  if (template !== undefined) writeFileSync(join(folder(), "web.json"), template);
  const path = template === undefined ? "none.json" : "web.json";
  const reach = { ...cloud.env(), BAKE_AMI_SSH_SOURCE_CIDRS: "127.0.0.0/8", ...env };
  const ran = await runReally(["build", path], { cwd: folder(), env: reach });
  return { code: ran.code, said: `${ran.out}\n${ran.err}` };
}

describe("bad input is reported in one error, with what to do; nothing is left", () => {
  test.each<[string, string | undefined, RegExp, RegExp]>([
    ["a missing file", undefined, /Could not read "none.json": no such file or directory/, /working directory/],
    ["malformed JSON", '{\n "builders": [1\n 2]}', /Missing comma .*\n {2}at web.json:2:16/, /Add "," here/],
    ["an empty file", "", /The template is empty/, /JSON object with "builders"/],
    [
      "an unknown key",
      builder({ instnce_type: "x" }),
      /Unknown configuration key: "instnce_type"/,
      /"instance_type"\?/,
    ],
    ["a missing option", builder({ ami_name: null }), /"ami_name" is required/, /3 to 128 characters/],
    ["a variable without value", builder({}, { variables: { v: null } }), /Required variable not set: v/, /-var 'v=…'/],
    ["an undeclared variable", builder({ ami_name: "{{user `nmae`}}" }), /"nmae" is not declared/, /Declare it/],
    ["an unknown function", builder({ ami_name: "{{timestmp}}" }), /Function "timestmp" not defined/, /"timestamp"\?/],
    ["a wrong type", builder({ encrypt_boot: "maybe" }), /"encrypt_boot" must be true or false, not "maybe"/, /\^{7}/],
    [
      "a long name",
      builder({ ami_name: "n".repeat(129) }),
      /between 3 and 128 characters.* has 129/,
      /Shorten the name/,
    ],
    ["an unknown builder", builder({ type: "amazon-esb" }), /Unknown builder "amazon-esb"/, /"amazon-ebs"\?/],
    ["an unknown region", builder({ region: "us-esat-1" }), /Unknown Region: us-esat-1/, /mean "us-east-1"\?/],
    [
      "no source AMI",
      filter({ filters: { name: "x*" }, owners: ["self"] }),
      /No source AMI matches/,
      /Check the filter/,
    ],
    ["several", filter({ filters: { name: "ubuntu*" }, owners: ["099720109477"] }), /source AMIs match/, /most_recent/],
    [
      "SSH that is refused",
      builder({ communicator: "ssh", ssh_username: "u", ssh_host: "127.0.0.1", ssh_port: 9, ssh_timeout: "1s" }),
      /Timeout waiting for SSH: .*ECONNREFUSED/,
      /Check that the security group/,
    ],
  ])("%s", async (_, template, message, hint) => {
    const { code, said } = await build(template);
    expect(code).toBe(1);
    expect(said).toMatch(message);
    expect(said).toMatch(hint);
    expect(cloud.endpoint().held()).toEqual({});
  });

  test("no credentials: the ways to give them", async () => {
    const none = { AWS_ACCESS_KEY_ID: "", AWS_CONFIG_FILE: "/none", AWS_SHARED_CREDENTIALS_FILE: "/none" };
    const { code, said } = await build(builder({}), none);
    expect(code).toBe(1);
    expect(said).toMatch(/No AWS credentials were found/);
    expect(said).toMatch(/AWS_ACCESS_KEY_ID.*AWS_PROFILE/);
    expect(said).not.toContain("role-to-assume");
  });

  test.each(["DescribeImages", "CreateSecurityGroup", "RunInstances", "CreateImage"])(
    "no permission for %s: the action to allow",
    async (action) => {
      cloud.endpoint().faults([{ action, do: "error", code: "UnauthorizedOperation", status: 403, times: 9 }]);
      const { code, said } = await build(builder({}));
      expect(code).toBe(1);
      expect(said).toMatch(`AWS denied ec2:${action} in us-east-1`);
      expect(said).toMatch(`Allow ec2:${action} in the IAM policy of the role or user`);
      expect(cloud.endpoint().held()).toEqual({});
    },
  );

  test("a YAML template: the supported formats", async () => {
    writeFileSync(join(folder(), "web.yml"), "builders:\n  - type: amazon-ebs\n");
    const { code, err } = await runReally(["validate", "web.yml"], { cwd: folder(), env: cloud.env() });
    expect(code).toBe(1);
    expect(err).toMatch(/^Error: Template "web\.yml" is a YAML file\n {2}Hint: Packer templates are JSON or HCL2\. /);
  });

  test("an unsupported builder fails by name, and the other builds run", async () => {
    const { code, said } = await build(
      JSON.stringify({ builders: [{ type: "googlecompute", project_id: "p" }, GOOD] }),
    );
    expect(code).toBe(1);
    expect(said).toMatch(/--> googlecompute: Builder "googlecompute" is not supported/);
    expect(said).toMatch(/--> amazon-ebs: AMIs were created:/);
    expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
  });
});
