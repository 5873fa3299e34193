import { expect, test } from "@jest/globals";
import { AwsError, type Failure } from "../../../src/aws/client/errors.js";
import { longestRefusal, passes, passingRefusal } from "../../../src/aws/client/refusals.js";

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
])("the refusal of %s passes by itself", (_, refusal) => {
  expect(passes(refusal)).toBe(true);
});

test.each<[string, unknown]>([
  ["a volume in use, asked of another action", error("DeleteSnapshot", "in-use")],
  ["a group that is changing its state", error("DeleteSecurityGroup", "pending-state")],
  ["a value that Parameter Store refuses", error("PutParameter", "invalid", "ValidationException", "not an AMI")],
  ["a missing permission", error("DeleteVolume", "denied")],
  ["anything but a failed call", new Error("no")],
])("the refusal of %s does not", (_, refusal) => {
  expect(passes(refusal)).toBe(false);
});

test.each<[string, AwsError]>([
  ["group", error("RunInstances", "not-found", "InvalidGroup.NotFound")],
  ["key pair", error("RunInstances", "not-found", "InvalidKeyPair.NotFound")],
  ["instance profile", error("RunInstances", "invalid", "InvalidParameterValue", "Invalid IAM Instance Profile name")],
])("a launch with a new %s is refused until that is visible", (what, refusal) => {
  expect(passingRefusal(refusal)).toMatchObject({ onlyNew: what, longest: 120_000 });
});

test("the longest time of an action is that of its slowest refusal", () => {
  expect(longestRefusal("DeleteSecurityGroup")).toBe(20 * 60_000);
  expect(longestRefusal("DescribeImages")).toBe(0);
});
