import { expect, test } from "@jest/globals";
import { AwsError, classify } from "../../../src/aws/client/errors.js";
import { type Circumstance, findTemporaryError } from "../../../src/aws/client/temporary-errors.js";

/** An error of AWS as the caller classifies it. */
function refused(operation: string, code: string, message = "no"): AwsError {
  const cause = Object.assign(new Error(message), { name: code, $metadata: { httpStatusCode: 400 } });
  return new AwsError({ service: "ec2", operation, region: "us-east-1" }, classify(cause), code, cause);
}

const MINUTE = 60_000;
const STATE = "Instance is not in state 'running' or 'stopped'";
const COPIES = "Too many snapshot copies in progress. The limit is 20 for this destination region.";

test.each<[string, string, string, number]>([
  ["StopInstances", "InvalidInstanceID.NotFound", "no", 2 * MINUTE],
  ["CreateImage", "InvalidInstanceID.NotFound", "no", 2 * MINUTE],
  ["CreateImage", "InvalidParameterValue", STATE, 10 * MINUTE],
  ["CreateImage", "IncorrectInstanceState", "no", 10 * MINUTE],
  ["CreateImage", "SnapshotCreationPerVolumeRateExceeded", "no", Number.POSITIVE_INFINITY],
  ["CreateImage", "ConcurrentSnapshotLimitExceeded", "no", Number.POSITIVE_INFINITY],
  ["CreateImage", "PendingSnapshotLimitExceeded", "no", Number.POSITIVE_INFINITY],
  ["RunInstances", "InvalidAMIID.Unavailable", "The image 'ami-1' is pending, and cannot be run", 60 * MINUTE],
  ["ModifyImageAttribute", "InvalidAMIID.NotFound", "no", 2 * MINUTE],
  ["ModifyImageAttribute", "InvalidAMIID.Unavailable", "no", 10 * MINUTE],
  ["ModifySnapshotAttribute", "InvalidSnapshot.NotFound", "no", 2 * MINUTE],
  ["EnableImageDeprecation", "InvalidAMIID.NotFound", "no", 2 * MINUTE],
  ["EnableImageDeregistrationProtection", "InvalidAMIID.Unavailable", "no", 10 * MINUTE],
  ["CreateTags", "InvalidAMIID.NotFound", "no", 2 * MINUTE],
  ["CreateTags", "ConcurrentTagAccess", "no", 5 * MINUTE],
  ["DeleteTags", "ConcurrentTagAccess", "no", 5 * MINUTE],
  ["CopyImage", "InvalidAMIID.NotFound", "no", 2 * MINUTE],
  ["CopyImage", "ResourceLimitExceeded", COPIES, Number.POSITIVE_INFINITY],
  ["LabelParameterVersion", "TooManyUpdates", "no", 5 * MINUTE],
  ["UnlabelParameterVersion", "TooManyUpdates", "no", 5 * MINUTE],
  ["PutParameter", "TooManyUpdates", "no", 5 * MINUTE],
  ["PutParameter", "ValidationException", "Validation in progress", 5 * MINUTE],
  ["AuthorizeSecurityGroupIngress", "InvalidGroup.NotFound", "no", 2 * MINUTE],
  ["AddRoleToInstanceProfile", "NoSuchEntity", "no", 2 * MINUTE],
  ["DeleteSecurityGroup", "DependencyViolation", "no", 20 * MINUTE],
  ["DeleteVolume", "IncorrectState", "no", 10 * MINUTE],
  ["DeleteRole", "DeleteConflict", "no", 2 * MINUTE],
])("%s: %s passes by itself", (operation, code, message, longest) => {
  expect(findTemporaryError(refused(operation, code, message))?.longest).toBe(longest);
});

test.each<[string, unknown]>([
  ["a snapshot in use by another image", refused("DeleteSnapshot", "InvalidSnapshot.InUse")],
  ["a group of the template that does not exist", refused("RunInstances", "InvalidGroup.NotFound")],
  ["a value that Parameter Store rejects", refused("PutParameter", "ValidationException", "not an AMI")],
  ["a quota on images", refused("CopyImage", "ResourceLimitExceeded", "You have reached the quota of AMIs")],
  ["a missing permission", refused("DeleteVolume", "UnauthorizedOperation")],
  ["a source AMI that does not exist", refused("RunInstances", "InvalidAMIID.NotFound")],
  [
    "a deregistered source AMI",
    refused("RunInstances", "InvalidAMIID.Unavailable", "The image is no longer available"),
  ],
  ["another kind of error", new Error("no")],
])("the error about %s is final", (_, failure) => {
  expect(findTemporaryError(failure)).toBeUndefined();
});

test.each<[Circumstance, AwsError]>([
  ["new group", refused("RunInstances", "InvalidGroup.NotFound")],
  ["new key pair", refused("RunInstances", "InvalidKeyPair.NotFound")],
  ["new instance profile", refused("RunInstances", "InvalidParameterValue", "Invalid IAM Instance Profile name")],
  ["deregistered image", refused("DeleteSnapshot", "InvalidSnapshot.InUse")],
])("with a %s it is temporary for two minutes", (circumstance, failure) => {
  expect(findTemporaryError(failure)).toBeUndefined();
  expect(findTemporaryError(failure, [circumstance])).toMatchObject({ longest: 2 * MINUTE });
});

test("the words of each wait make a line of progress", () => {
  const awaited = / to [a-z]+( [a-z]+)*$/;
  const limits = refused("CopyImage", "ResourceLimitExceeded", COPIES);
  for (const error of [
    limits,
    refused("CreateImage", "PendingSnapshotLimitExceeded"),
    refused("StopInstances", "X.NotFound"),
  ])
    expect(`copy of ami-1 ${findTemporaryError(error)?.until}`).toMatch(awaited);
});
