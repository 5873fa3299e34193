import { describe, expect, test } from "@jest/globals";
import { AwsError } from "../../../../src/aws/client/errors.js";
import { launchFault, loginFault } from "../../../../src/builders/amazon-ebs/test/failure.js";
import { deletedWithInstance, testOptions } from "../../../../src/builders/amazon-ebs/test/test-bake.js";
import { BakeError } from "../../../../src/core/errors.js";
import type { ImageTestSettings } from "../../../../src/core/image-tests.js";
import { optionsOf } from "../options.js";
import { tests } from "./requested.js";

const GIVEN = optionsOf({
  communicator: "ssh",
  ssh_username: "ubuntu",
  ssh_password: "secret",
  temporary_key_pair_name: "fixed",
  iam_instance_profile: "builds",
  user_data: "#!/bin/sh",
  subnet_id: "subnet-1",
  ebs_optimized: true,
  capacity_reservation_id: "cr-1",
});

describe("the options of a test", () => {
  test.each<[string, Partial<ImageTestSettings>, boolean, object]>([
    [
      "have nothing that only the instance of the build had",
      {},
      false,
      {
        iam_instance_profile: undefined,
        user_data: undefined,
        user_data_file: undefined,
        temporary_key_pair_name: undefined,
        ebs_optimized: false,
        capacity_reservation_id: undefined,
      },
    ],
    [
      "have its network and login",
      {},
      false,
      { subnet_id: "subnet-1", ssh_username: "ubuntu", ssh_password: "secret" },
    ],
    [
      "have what is set for the tests",
      { sshUsername: "auditor", userData: "/data", instanceProfile: "tests" },
      false,
      { ssh_username: "auditor", ssh_password: undefined, user_data_file: "/data", iam_instance_profile: "tests" },
    ],
    ["have the profile of the build where Session Manager needs it", {}, true, { iam_instance_profile: "builds" }],
  ])("%s", (_, settings, keepsProfile, expected) => {
    expect(testOptions(GIVEN, tests(settings).settings, keepsProfile)).toMatchObject(expected);
  });
});

test("volumes that the image keeps are deleted with the instance of the test", () => {
  const ebs = (DeviceName: string, DeleteOnTermination: boolean) => ({ DeviceName, Ebs: { DeleteOnTermination } });
  const mappings = [
    ebs("/dev/sda1", true),
    ebs("/dev/sdb", false),
    { DeviceName: "/dev/sdc", VirtualName: "ephemeral0" },
  ];
  expect(deletedWithInstance(mappings)).toEqual([ebs("/dev/sdb", true)]);
});

const awsError = (operation: string, message: string) =>
  new AwsError(
    { service: "ec2", operation, region: "us-east-1" },
    "invalid",
    "InvalidParameterCombination",
    new Error(message),
  );
const bakeError = (code: string, message = "failed") => new BakeError(message, { code });

describe("an error of", () => {
  test.each<[string, unknown, boolean]>([
    ["a missing driver", awsError("RunInstances", "Enhanced networking with ENA is required"), true],
    ["the way to boot", awsError("RunInstances", "The boot mode 'uefi' is not supported by the type"), true],
    ["another call", awsError("DescribeInstances", "ENA"), false],
    ["the instance type", awsError("RunInstances", "The architecture 'arm64' … does not match"), false],
    ["capacity", bakeError("no-capacity"), false],
    [
      "a shutdown by the image",
      bakeError("instance-ended", 'i-1 is terminated: "Client.InstanceInitiatedShutdown: Instance initiated shutdown"'),
      true,
    ],
    [
      "a shutdown by a user",
      bakeError("instance-ended", 'i-1 is terminated: "Client.UserInitiatedShutdown: User initiated shutdown"'),
      false,
    ],
    ["the program", new TypeError("boot mode"), false],
  ])("%s at the launch: the image is at fault: %#", (_, error, isFault) => {
    expect(launchFault(error) !== undefined).toBe(isFault);
  });

  test.each<[string, boolean]>([
    ["ssh-timeout", true],
    ["ssh-authentication-failed", true],
    ["ssm-agent-missing", true],
    ["winrm-unreachable", true],
    ["no-windows-password", true],
    ["no-address", false],
    ["aws-denied", false],
    ["session-key", false],
    ["ssh-key-file-unreadable", false],
    ["ssh-agent-missing", false],
  ])("%s at the login: the image is at fault: %s", (code, isFault) => {
    expect(loginFault(bakeError(code)) !== undefined).toBe(isFault);
  });
});
