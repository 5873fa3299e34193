import { describe, expect, test } from "@jest/globals";
import { type ActionInputs, readInputs } from "../../../src/action/inputs/inputs.js";
import type { ImageTestSettings } from "../../../src/core/image-tests.js";

const BOOT_TEST: ImageTestSettings = {
  lines: [],
  instanceTypes: [],
  timeout: 1_800_000,
  sshUsername: undefined,
  userData: undefined,
  instanceProfile: undefined,
  onFailure: "remove",
};

function environment(inputs: Readonly<Record<string, string>>): Record<string, string> {
  const all = { template: "images/web.json", ...inputs };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
}

function accepted(inputs: Readonly<Record<string, string>>): ActionInputs {
  const read = readInputs(environment(inputs), "/workspace");
  if (!read.ok) throw new Error(read.complaints.map((complaint) => complaint.summary).join("; "));
  return read.inputs;
}

function refused(inputs: Readonly<Record<string, string>>): readonly string[] {
  const read = readInputs(environment(inputs), "/workspace");
  return read.ok ? [] : read.complaints.map((complaint) => complaint.summary);
}

describe("readInputs", () => {
  test("reads variables line by line, and keeps each value unchanged", () => {
    const { template } = accepted({ variables: "version=1.2\n\n motd=a,b = c\nempty=\n" }).request;
    expect(template.variables).toEqual([
      { name: "version", value: "1.2" },
      { name: "motd", value: "a,b = c" },
      { name: "empty", value: "" },
    ]);
  });

  test("splits lists at commas and line breaks and removes duplicates", () => {
    const { settings } = accepted({ regions: "us-east-1, eu-west-1\nus-gov-west-1,us-east-1," }).request;
    expect(settings.regions).toEqual(["us-east-1", "eu-west-1", "us-gov-west-1"]);
  });

  test("reads networks from the environment if the input is empty", () => {
    const env = { ...environment({}), BAKE_AMI_SSH_SOURCE_CIDRS: "203.0.113.0/24" };
    expect(readInputs(env, "/w")).toMatchObject({
      inputs: { request: { settings: { sshSourceCidrs: ["203.0.113.0/24"] } } },
    });
  });

  test("rejects an invalid CIDR block in the environment", () => {
    expect(readInputs({ ...environment({}), BAKE_AMI_SSH_SOURCE_CIDRS: "anywhere" }, "/w")).toMatchObject({
      ok: false,
      complaints: [
        {
          summary: expect.stringMatching(
            /^Environment variable "BAKE_AMI_SSH_SOURCE_CIDRS" is not a valid CIDR block.*"anywhere"/,
          ),
        },
      ],
    });
  });

  test.each([
    ["template", "", 'Input "template" is required'],
    ["variables", "novalue", 'Input "variables" must have the form name=value, not "novalue"'],
    ["variables", "a=1\n\n novalue \n=x", 'Input "variables" has no name=value in lines 3, 4'],
    ["regions", "us-east", 'Input "regions" is not a valid Region name: "us-east"'],
    ["aws-region", "EU", 'Input "aws-region" is not a valid Region name: "EU"'],
    ["ssh-source-cidrs", "10.0.0.0/33", 'Input "ssh-source-cidrs" is not a valid CIDR block: "10.0.0.0/33"'],
    [
      "on-error",
      "retry",
      'Input "on-error" must be one of "cleanup", "abort", "ask", "run-cleanup-provisioner", not "retry"',
    ],
    ["force", "yes", 'Input "force" must be true or false, not "yes"'],
    ["parallel-builds", "-1", 'Input "parallel-builds" must be a whole number of at least 0, not "-1"'],
    ["max-age", "7 days", 'Input "max-age" must be a duration such as "7d" or "12h", not "7 days"'],
    ["comment", "on", 'Input "comment" must be one of "auto", "always", "never", not "on"'],
    ["role-to-assume", "bake", 'Input "role-to-assume" must be the ARN of an IAM role, not "bake"'],
    ["role-session-policy", "{", 'Input "role-session-policy" must be valid JSON'],
    ["max-instance-minutes", "0", 'Input "max-instance-minutes" must be a whole number of at least 1, not "0"'],
    ["test-instance-types", "t3.small,t3", 'Input "test-instance-types" is not a valid instance type: "t3"'],
    ["test-timeout", "45", 'Input "test-timeout" must be a duration such as "45m" or "1h", not "45"'],
    ["test-timeout", "0m", 'Input "test-timeout" must be longer than zero, not "0m"'],
    [
      "test-iam-instance-profile",
      "arn:aws:iam::123456789012:instance-profile/a/web",
      'Input "test-iam-instance-profile" must be a name, not an ARN',
    ],
    [
      "test-iam-instance-profile",
      "a/b",
      'Input "test-iam-instance-profile" is not a valid name of an instance profile: "a/b"',
    ],
    ["on-test-failure", "ignore", 'Input "on-test-failure" must be one of "remove", "keep", not "ignore"'],
  ])("rejects %s: %j", (name, value, summary) => {
    expect(refused({ [name]: value })).toEqual([summary]);
  });

  test.each([
    [
      "a private key",
      ["key=-----BEGIN PRIVATE KEY-----", "MIIEvQIBADANBg", "hunter2+/kqhkiG9w0==", "-----END PRIVATE KEY-----"],
    ],
    ["a JSON document", ["policy={", '  "secret": "hunter2=x"', "}"]],
    ["many lines", ["a=b", ...Array.from({ length: 30 }, (_, line) => `hunter2 ${line}`)]],
  ])("an error never prints lines of a value with line breaks: %s", (_, lines) => {
    const [complaint = ""] = refused({ variables: lines.join("\n") });
    expect(complaint).toMatch(/^Input "variables" has no name=value in lines? [\d, ]+( and 25 more)?$/);
    for (const line of lines) expect(complaint).not.toContain(line.trim().slice(0, 7));
  });

  test("a value keeps its own equals signs, and spaces around the name are dropped", () => {
    const read = readInputs(environment({ variables: "a=b=c\n\n  d =e" }), "/w");
    expect(read).toMatchObject({
      inputs: {
        request: {
          template: {
            variables: [
              { name: "a", value: "b=c" },
              { name: "d", value: "e" },
            ],
          },
        },
      },
    });
  });

  test("reports all problems together", () => {
    expect(refused({ template: "", force: "maybe", regions: "nowhere,us-east-1,here" })).toHaveLength(4);
  });

  test.each([
    [{ "max-age": "7d" }, ['Input "max-age" has no effect without "skip-unchanged"']],
    [{ "max-age": "7d", "skip-unchanged": "true" }, []],
    [{ packages: "compare" }, ['Input "packages" is set to "compare", which has no effect without "ssm-parameter"']],
    [{ packages: "compare", "ssm-parameter": "/images/{image}" }, []],
    [{ "test-timeout": "1h" }, ['Input "test-timeout" has no effect without "test" or "boot-test"']],
    [
      { "boot-test": "false", "on-test-failure": "keep", "test-user-data": "user-data" },
      [
        'Input "test-user-data" has no effect without "test" or "boot-test"',
        'Input "on-test-failure" has no effect without "test" or "boot-test"',
      ],
    ],
    [{ "boot-test": "true", "test-timeout": "1h" }, []],
    [{ test: "tests", "on-test-failure": "keep" }, []],
    // The default in action.yml.
    [{ "on-test-failure": "remove" }, []],
  ])("warns about inputs that have no effect: %j", (inputs, expected) => {
    const read = readInputs(environment(inputs), "/workspace");
    expect(read.ok && read.warnings.map(({ summary }) => summary)).toEqual(expected);
  });

  test.each<[Readonly<Record<string, string>>, ImageTestSettings | undefined]>([
    [{}, undefined],
    [{ test: " \n", "boot-test": "false" }, undefined],
    [{ "boot-test": "true" }, BOOT_TEST],
    [
      { test: "tests\n\n inspec:https://example.com/a b.git " },
      { ...BOOT_TEST, lines: ["tests", "inspec:https://example.com/a b.git"] },
    ],
    [
      {
        test: "a, b.sh",
        "test-instance-types": "t3.small, c7i-flex.large\nt3.small",
        "test-timeout": "1h30m",
        "test-ssh-username": "admin",
        "test-user-data": "tests/user-data",
        "test-iam-instance-profile": "web",
        "on-test-failure": "keep",
      },
      {
        lines: ["a, b.sh"],
        instanceTypes: ["t3.small", "c7i-flex.large"],
        timeout: 5_400_000,
        sshUsername: "admin",
        userData: "/workspace/tests/user-data",
        instanceProfile: "web",
        onFailure: "keep",
      },
    ],
  ])("reads the tests of the image: %j", (inputs, tests) => {
    expect(accepted(inputs).request.settings.tests).toEqual(tests);
  });

  test("reads a role with its session", () => {
    const role = "arn:aws-us-gov:iam::123456789012:role/path/bake";
    expect(accepted({ "role-to-assume": role, "role-session-name": "nightly" }).role).toEqual({
      arn: role,
      sessionName: "nightly",
      sessionPolicy: undefined,
      audience: "sts.amazonaws.com",
    });
  });
});
