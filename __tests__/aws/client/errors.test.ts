import { describe, expect, test } from "@jest/globals";
import {
  AwsError,
  classify,
  type Failure,
  failedAs,
  hasAwsCode,
  isUnanswered,
  toAwsError,
} from "../../../src/aws/client/errors.js";
import { BakeError } from "../../../src/core/errors.js";

const thrown = (name: string, message = "", more: object = {}) => Object.assign(new Error(message), { name, ...more });
const CALL = { service: "ec2", operation: "RunInstances", region: "eu-west-1" };

describe("an error of AWS", () => {
  test.each<[string, Failure]>([
    ["InvalidAMIID.NotFound", "not-found"],
    ["InvalidGroup.NotFound", "not-found"],
    ["NoSuchEntityException", "not-found"],
    ["ParameterNotFound", "not-found"],
    ["InvalidAMIName.Duplicate", "duplicate"],
    ["InvalidKeyPair.Duplicate", "duplicate"],
    ["EntityAlreadyExistsException", "duplicate"],
    ["RequestLimitExceeded", "throttled"],
    ["ThrottlingException", "throttled"],
    ["SlowDown", "throttled"],
    ["UnauthorizedOperation", "denied"],
    ["AccessDeniedException", "denied"],
    ["AuthFailure", "denied"],
    ["OptInRequired", "denied"],
    ["ExpiredToken", "expired"],
    ["RequestExpired", "expired"],
    ["InsufficientInstanceCapacity", "capacity"],
    ["SpotMaxPriceTooLow", "capacity"],
    ["InsufficientVolumeCapacity", "capacity"],
    ["VolumeTypeNotAvailableInZone", "capacity"],
    ["Unsupported", "invalid"],
    ["VcpuLimitExceeded", "quota"],
    ["InstanceLimitExceeded", "quota"],
    ["MaxSpotInstanceCountExceeded", "quota"],
    ["DependencyViolation", "in-use"],
    ["InvalidSnapshot.InUse", "in-use"],
    ["IncorrectInstanceState", "pending-state"],
    ["InvalidAMIID.Unavailable", "pending-state"],
    ["ECONNRESET", "transient"],
    ["TimeoutError", "transient"],
    ["InternalError", "transient"],
    ["CredentialsProviderError", "no-credentials"],
    ["InvalidParameterValue", "invalid"],
    ["MalformedPolicyDocument", "invalid"],
  ])("%s is %s", (name, failure) => {
    expect(classify(thrown(name, "", { $metadata: { httpStatusCode: 400 } }))).toBe(failure);
  });

  test.each<[string, unknown, Failure]>([
    [
      "a type that the zone does not support",
      thrown(
        "Unsupported",
        "Your requested instance type (t4g.nano) is not supported in your requested Availability Zone (x).",
      ),
      "capacity",
    ],
    [
      "a key type that no zone supports",
      thrown("Unsupported", "ED25519 key pairs are not supported with Windows AMIs", {
        $metadata: { httpStatusCode: 400 },
      }),
      "invalid",
    ],
    [
      "a zone without a subnet",
      thrown("MissingInput", "No default subnet for availability zone: 'us-east-1e'."),
      "capacity",
    ],
    [
      "keys of the identity provider that STS cannot fetch at the moment",
      thrown("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider", {
        $metadata: { httpStatusCode: 400 },
      }),
      "transient",
    ],
    [
      "a token that no attempt makes valid",
      thrown("InvalidIdentityToken", "Incorrect token audience", { $metadata: { httpStatusCode: 400 } }),
      "denied",
    ],
    ["a status of 503", thrown("Odd", "", { $metadata: { httpStatusCode: 503 } }), "transient"],
    ["a status of 429", thrown("Odd", "", { $metadata: { httpStatusCode: 429 } }), "throttled"],
    ["a connection that was cut", thrown("Error", "socket hang up"), "transient"],
    ["a system code", thrown("Error", "read ECONNRESET", { code: "ECONNRESET" }), "transient"],
    [
      "a state that passes, said in words",
      thrown("InvalidParameterValue", "Instance is not in state 'running'"),
      "pending-state",
    ],
    [
      "an image that is gone",
      thrown("InvalidAMIID.Unavailable", "The image ID 'ami-1' is no longer available"),
      "not-found",
    ],
    ["text", "boom", "invalid"],
  ])("goes by %s", (_, error, failure) => {
    expect(classify(error)).toBe(failure);
  });
});

describe("the error of a failed call", () => {
  test("is distinguished by kind and by code", () => {
    const error: unknown = toAwsError(thrown("InvalidAMIName.Duplicate"), CALL);
    expect(failedAs(error, "duplicate", "denied")).toBe(true);
    expect(failedAs(error, "denied")).toBe(false);
    expect(hasAwsCode(error, "InvalidAMIName.*")).toBe(true);
    expect(hasAwsCode(error, "InvalidAMIName")).toBe(false);
    expect(hasAwsCode(new Error("x"), "*")).toBe(false);
    expect(toAwsError(error, CALL)).toBe(error);
    expect(error).toBeInstanceOf(AwsError);
  });
});

test.each<[string, unknown, boolean]>([
  ["denied", toAwsError(thrown("UnauthorizedOperation"), CALL), true],
  ["of a Region that is not enabled", toAwsError(thrown("OptInRequired"), CALL), false],
  [
    "for an image that is not shared",
    toAwsError(thrown("AuthFailure", "Not authorized for images: [ami-1]"), CALL),
    false,
  ],
  ["with keys that AWS rejects", toAwsError(thrown("AuthFailure", "not able to validate the credentials"), CALL), true],
  ["without credentials", toAwsError(thrown("CredentialsProviderError"), CALL), true],
  ["throttled", toAwsError(thrown("RequestLimitExceeded"), CALL), true],
  ["that finds nothing", toAwsError(thrown("InvalidAMIID.NotFound"), CALL), false],
  ["with wrong values", toAwsError(thrown("InvalidParameterValue"), CALL), false],
  ["of a job without permission for a token", new BakeError("x", { code: "oidc-not-allowed" }), true],
  ["to an address that cannot be reached", new BakeError("x", { code: "endpoint-unreachable" }), true],
  ["of a template with a mistake", new BakeError("x", { code: "invalid-option" }), false],
  ["of another kind", new Error("x"), false],
])("whether AWS gave no answer about the subject of a call: %s", (_, error, expected) => {
  expect(isUnanswered(error)).toBe(expected);
});
