import { resolve } from "node:path";
import { type ImageTestSettings, TEST_FAILURE_WORDS } from "../../core/image-tests.js";
import { type Parsed, parseAge } from "../../core/request-values.js";
import { parsed, text } from "../../options/fields.js";
import { lines } from "../../options/separated-lists.js";
import { BAKING, type FlagValues, type RequestTable } from "./entry.js";
import { anyText, boolean, listOf, word } from "./fields.js";
import type { ReadValues } from "./read.js";

/** The commands that bake, and the one that checks what a bake would read. */
const COMMANDS = [...BAKING, "validate"] as const;

/** The default of `testTimeout`, in milliseconds. */
const TIMEOUT = 30 * 60_000;

/** How the image is tested before it is published. */
export const TESTS = {
  test: {
    group: "tests",
    field: lines(anyText, {
      doc: "Test to run on an instance of the new AMI before the AMI is published: a script, a directory of scripts, inspec:PROFILE or goss:FILE. Can be repeated. The tests run in order.",
    }),
    input: {
      name: "test",
      actions: ["bake", "plan", "rehearse"],
      doc: "Tests to run on an instance of the new AMI before the AMI is published, one per line: a script, a directory of scripts, inspec:PROFILE or goss:FILE. The tests run in order.",
    },
    flag: { name: "test", commands: COMMANDS, value: "FILE" },
  },
  bootTest: {
    group: "tests",
    field: boolean(
      "Test that an instance of the new AMI starts, accepts a login, and has no failed systemd unit and no cloud-init error. Part of every test, so it is only needed without `test`.",
    ),
    input: { name: "boot-test", actions: ["bake", "plan", "rehearse"] },
    flag: { name: "boot-test", commands: COMMANDS },
  },
  testInstanceTypes: {
    group: "tests",
    field: listOf(
      "instance type",
      parseInstanceType,
      "Instance types to test the AMI on, separated by commas or line breaks. One instance of each type is tested, in parallel. Defaults to the instance type of the build.",
    ),
    input: { name: "test-instance-types", actions: ["bake", "plan", "rehearse"] },
    flag: { name: "test-instance-types", commands: COMMANDS, value: "TYPE,…" },
  },
  testTimeout: {
    group: "tests",
    field: parsed("duration", parseTimeout, {
      doc: "Maximum duration of the test of one instance, from its launch, for example 45m. Defaults to 30m.",
    }),
    input: { name: "test-timeout", actions: ["bake", "plan", "rehearse"] },
    flag: { name: "test-timeout", commands: COMMANDS, value: "DURATION" },
  },
  testSshUsername: {
    group: "tests",
    field: text({ doc: "User to log in as on instances that are tested. Defaults to ssh_username of the template." }),
    input: { name: "test-ssh-username", actions: ["bake", "plan", "rehearse"] },
    flag: { name: "test-ssh-username", commands: COMMANDS, value: "USER" },
  },
  testUserData: {
    group: "tests",
    field: text({
      doc: "File with the user data of instances that are tested. By default, they have no user data.",
    }),
    input: { name: "test-user-data", actions: ["bake", "plan", "rehearse"] },
    flag: { name: "test-user-data", commands: COMMANDS, value: "FILE" },
  },
  testIamInstanceProfile: {
    group: "tests",
    field: parsed("string", parseProfile, {
      doc: "Name of the IAM instance profile of instances that are tested. By default, they have none.",
    }),
    input: { name: "test-iam-instance-profile", actions: ["bake", "plan", "rehearse"] },
    flag: { name: "test-iam-instance-profile", commands: COMMANDS, value: "NAME" },
  },
  onTestFailure: {
    group: "tests",
    field: word(TEST_FAILURE_WORDS, {
      doc: "What to do with an AMI whose tests fail - remove (remove it and its copies) or keep (keep them with the tag bake-ami:test-failed). In both cases the bake fails and nothing is published.",
      default: "remove",
    }),
    input: { name: "on-test-failure", actions: ["bake", "plan", "rehearse"] },
    flag: { name: "on-test-failure", commands: COMMANDS, value: TEST_FAILURE_WORDS.join("|") },
  },
} as const satisfies RequestTable;

/** The decoded entries of image tests. */
export type TestValues = FlagValues<typeof TESTS, "build">;

/** The entries that only say how the tests run. */
const DETAILS = [
  "testInstanceTypes",
  "testTimeout",
  "testSshUsername",
  "testUserData",
  "testIamInstanceProfile",
  "onTestFailure",
] as const satisfies readonly (keyof TestValues)[];

/**
 * Returns the tests of the image; undefined if none are requested. Relative paths start from `workingDirectory`. Warns about entries that
 * have no effect without tests.
 */
export function requestedTests(read: ReadValues<TestValues>, workingDirectory: string): ImageTestSettings | undefined {
  const { values } = read;
  if (values.test.length === 0 && !values.bootTest) {
    const [test, bootTest] = [read.quotedName("test"), read.quotedName("bootTest")];
    for (const key of DETAILS.filter(
      (each) => read.isGiven(each) && values[each] !== TESTS.onTestFailure.field.absent,
    )) {
      read.warn(key, `has no effect without ${test} or ${bootTest}`, `Set ${test}, or set ${bootTest} to true.`);
    }
    return undefined;
  }
  return {
    lines: values.test,
    instanceTypes: [...new Set(values.testInstanceTypes)],
    timeout: values.testTimeout ?? TIMEOUT,
    sshUsername: values.testSshUsername || undefined,
    userData: values.testUserData ? resolve(workingDirectory, values.testUserData) : undefined,
    instanceProfile: values.testIamInstanceProfile || undefined,
    onFailure: values.onTestFailure,
  };
}

/** Parses an instance type by its form, e.g. `c7i-flex.large`. Whether the type exists is not checked here. */
function parseInstanceType(text: string): Parsed<string> {
  if (/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(text)) return { value: text };
  return { complaint: `is not a valid instance type: "${text}"`, hint: 'Use a type such as "t3.small".' };
}

function parseTimeout(text: string): Parsed<number> {
  const parsed = parseAge(text);
  if ("value" in parsed && parsed.value === 0) return { complaint: `must be longer than zero, not "${text}"` };
  if ("value" in parsed) return parsed;
  return {
    complaint: `must be a duration such as "45m" or "1h", not "${text}"`,
    hint: "Write a number followed by a unit: s, m or h.",
  };
}

/** Parses the name of an instance profile. It is not an ARN, as in `iam_instance_profile` of the template. */
function parseProfile(text: string): Parsed<string> {
  const name = /^arn:[\w-]+:iam::\d+:instance-profile\/(?:.*\/)?([^/]+)$/.exec(text)?.[1];
  if (name !== undefined) return { complaint: "must be a name, not an ARN", hint: `Use "${name}".` };
  if (/^[\w+=,.@-]{1,128}$/.test(text)) return { value: text };
  return { complaint: `is not a valid name of an instance profile: "${text}"` };
}
