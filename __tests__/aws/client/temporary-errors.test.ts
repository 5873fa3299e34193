import { expect, test } from "@jest/globals";
import { AwsError, type Failure } from "../../../src/aws/client/errors.js";
import { findTemporaryError, isTemporary, longestTemporaryErrorOf } from "../../../src/aws/client/temporary-errors.js";

const error = (operation: string, failure: Failure, code = "Code", message = "no") =>
  new AwsError({ service: "ec2", operation, region: "us-east-1" }, failure, code, new Error(message));

test.each<[string, AwsError]>([
  ["a group that an instance still uses", error("DeleteSecurityGroup", "in-use")],
  ["a volume that is being detached", error("DeleteVolume", "pending-state")],
  ["a group that is not visible yet", error("AuthorizeSecurityGroupIngress", "not-found")],
  [
    "a parameter that is being validated",
    error("PutParameter", "invalid", "ValidationException", "Validation in progress"),
  ],
  ["a parameter with two writers", error("PutParameter", "invalid", "TooManyUpdates")],
])("the error of %s is temporary", (_, failure) => {
  expect(isTemporary(failure)).toBe(true);
});

test.each<[string, unknown]>([
  ["a volume in use, for another action", error("DeleteSnapshot", "in-use")],
  ["a group that is changing its state", error("DeleteSecurityGroup", "pending-state")],
  ["a value that Parameter Store rejects", error("PutParameter", "invalid", "ValidationException", "not an AMI")],
  ["a missing permission", error("DeleteVolume", "denied")],
  ["another kind of error", new Error("no")],
])("the error of %s is final", (_, failure) => {
  expect(isTemporary(failure)).toBe(false);
});

test.each<[string, AwsError]>([
  ["group", error("RunInstances", "not-found", "InvalidGroup.NotFound")],
  ["key pair", error("RunInstances", "not-found", "InvalidKeyPair.NotFound")],
  ["instance profile", error("RunInstances", "invalid", "InvalidParameterValue", "Invalid IAM Instance Profile name")],
])("the error of a launch with a new %s is temporary until it is visible", (what, failure) => {
  expect(findTemporaryError(failure)).toMatchObject({ onlyNew: what, longest: 120_000 });
});

test("the longest time of an action is that of its slowest error", () => {
  expect(longestTemporaryErrorOf("DeleteSecurityGroup")).toBe(20 * 60_000);
  expect(longestTemporaryErrorOf("DescribeImages")).toBe(0);
});
