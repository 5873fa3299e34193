import { describe, expect, test } from "@jest/globals";
import { readPolicy } from "../../../../src/local/endpoint/iam/policies/document.js";
import { decide } from "../../../../src/local/endpoint/iam/policies/evaluate.js";

type Values = Readonly<Record<string, string | readonly string[]>>;

const INSTANCE = "arn:aws:ec2:us-east-1:123456789012:instance/i-1";

/** Returns whether one statement allows an action on a resource. What it does not set allows everything. */
function allows(statement: object, values: Values = {}, action = "ec2:RunInstances", resource = INSTANCE): boolean {
  const whole = { Effect: "Allow", ...statement };
  const filled = {
    ...("NotAction" in whole ? {} : { Action: "*" }),
    ...("NotResource" in whole ? {} : { Resource: "*" }),
  };
  const identity = [readPolicy({ Version: "2012-10-17", Statement: [{ ...filled, ...whole }] })];
  return decide({ identity, boundary: undefined, session: undefined }, request(action, resource, values)).isAllowed;
}

function request(action: string, resource: string, values: Values = {}) {
  const keys = new Map(
    Object.entries(values).map(([name, value]) => [name.toLowerCase(), typeof value === "string" ? [value] : value]),
  );
  return { action, resource, keys };
}

describe("an action", () => {
  test.each<[string | readonly string[], string, boolean]>([
    ["*", "ec2:RunInstances", true],
    ["ec2:*", "ec2:RunInstances", true],
    ["ec2:*", "ec2-instance-connect:OpenTunnel", false],
    ["ec2:Run*", "ec2:RunInstances", true],
    ["ec2:Describe*", "ec2:RunInstances", false],
    ["EC2:runinstances", "ec2:RunInstances", true],
    ["ec2:RunInstance?", "ec2:RunInstances", true],
    ["ec2:RunInstance?", "ec2:RunInstance", false],
    ["ec2:Run", "ec2:RunInstances", false],
    ["ec2:RunInstances", "xec2:RunInstances", false],
    [["ssm:GetParameter", "ec2:RunInstances"], "ec2:RunInstances", true],
    [["ssm:GetParameter", "ssm:GetParameters"], "ec2:RunInstances", false],
    ["kms:ReEncrypt*", "kms:ReEncryptFrom", true],
  ])("%j of a policy is %s: %s", (Action, action, expected) => {
    expect(allows({ Action }, {}, action)).toBe(expected);
    expect(allows({ NotAction: Action }, {}, action)).toBe(!expected);
  });
});

describe("a resource", () => {
  test.each<[string | readonly string[], string, boolean]>([
    ["*", INSTANCE, true],
    ["*", "*", true],
    ["arn:aws:ec2:*:*:instance/*", INSTANCE, true],
    ["arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:us-east-1:123456789012:instance/*", true],
    ["arn:aws:ec2:*:*:instance/*", "*", false],
    ["arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:us-east-1:123456789012:volume/vol-1", false],
    ["arn:aws:ec2:eu-west-1:*:instance/*", INSTANCE, false],
    ["arn:aws:ec2:us-*-1:123456789012:instance/i-?", INSTANCE, true],
    ["arn:aws:ec2:us-east-1:123456789012:INSTANCE/i-1", INSTANCE, false],
    ["arn:aws:ec2:us-east-1::image/*", "arn:aws:ec2:us-east-1::image/ami-1", true],
    ["arn:aws-cn:ec2:*:*:instance/*", INSTANCE, false],
    [["arn:aws:ec2:*:*:volume/*", "arn:aws:ec2:*:*:instance/*"], INSTANCE, true],
    ["arn:aws:ssm:*:*:parameter/images/*", "arn:aws:ssm:us-east-1:1:parameter/images/web/latest", true],
    ["arn:aws:ssm:*:*:parameter/images/*", "arn:aws:ssm:us-east-1:1:parameter/images", false],
  ])("%j of a policy is %s: %s", (Resource, resource, expected) => {
    expect(allows({ Resource }, {}, "ec2:RunInstances", resource)).toBe(expected);
    expect(allows({ NotResource: Resource }, {}, "ec2:RunInstances", resource)).toBe(!expected);
  });

  const USER = { "aws:userid": "AROA1:run-1", "aws:username": "*", "aws:PrincipalTag/team": "web" };

  test.each<[string, string, boolean]>([
    ["session/${aws:userid}-*", "session/AROA1:run-1-0a1b", true],
    ["session/${aws:userid}-*", "session/AROA1:run-2-0a1b", false],
    ["session/${AWS:UserId}-*", "session/AROA1:run-1-0a1b", true],
    ["session/${aws:username}", "session/anything", false],
    ["session/${aws:username}", "session/*", true],
    ["session/${aws:PrincipalTag/team}", "session/web", true],
    ["session/${aws:PrincipalTag/other}", "session/", false],
    ["session/${aws:PrincipalTag/other, 'none'}", "session/none", true],
    ["session/${aws:PrincipalTag/team, 'none'}", "session/none", false],
    ["session/${*}", "session/*", true],
    ["session/${*}", "session/x", false],
    ["session/${?}", "session/?", true],
    ["session/${$}{x}", "session/${x}", true],
  ])("with the variables of %s is %s: %s", (pattern, path, expected) => {
    const of = (end: string) => `arn:aws:ssm:us-east-1:123456789012:${end}`;
    expect(allows({ Resource: of(pattern) }, USER, "ssm:ResumeSession", of(path))).toBe(expected);
  });
});

const KEY = "ec2:InstanceType";
const ARN = "arn:aws:iam::123456789012:role/web";

describe("a condition", () => {
  test.each<[string, string | readonly string[] | boolean | number, string | readonly string[] | undefined, boolean]>([
    ["StringEquals", "t3.micro", "t3.micro", true],
    ["StringEquals", "t3.micro", "T3.micro", false],
    ["StringEquals", "t3.*", "t3.micro", false],
    ["StringEquals", ["t3.micro", "t3.small"], "t3.small", true],
    ["StringEquals", "t3.micro", undefined, false],
    ["StringEquals", "", undefined, false],
    ["StringEqualsIfExists", "t3.micro", undefined, true],
    ["StringEqualsIfExists", "t3.micro", "t3.small", false],
    ["StringNotEquals", "t3.micro", "t3.small", true],
    ["StringNotEquals", "t3.micro", "t3.micro", false],
    ["StringNotEquals", ["t3.micro", "t3.small"], "t3.small", false],
    ["StringNotEquals", "t3.micro", undefined, true],
    ["StringNotEqualsIfExists", "t3.micro", undefined, true],
    ["StringEqualsIgnoreCase", "T3.MICRO", "t3.micro", true],
    ["StringNotEqualsIgnoreCase", "T3.MICRO", "t3.micro", false],
    ["StringNotEqualsIgnoreCase", "T3.MICRO", "t3.small", true],
    ["StringLike", "t3.*", "t3.micro", true],
    ["StringLike", "t?.micro", "t3.micro", true],
    ["StringLike", "t3.*", "m5.large", false],
    ["StringLike", "*", undefined, false],
    ["StringLikeIfExists", "t3.*", undefined, true],
    ["StringNotLike", "t3.*", "m5.large", true],
    ["StringNotLike", "t3.*", "t3.micro", false],
    ["StringNotLike", "t3.*", undefined, true],
    ["ArnEquals", ARN, ARN, true],
    ["ArnEquals", "arn:aws:iam::*:role/*", ARN, true],
    ["ArnEquals", "arn:aws:iam::*:user/*", ARN, false],
    ["ArnLike", "arn:aws:iam::123456789012:role/w?b", ARN, true],
    ["ArnLike", "arn:aws:iam::*", ARN, false],
    ["ArnLike", "*", ARN, false],
    ["ArnLike", "arn:*:*:*:*:role/web", ARN, true],
    ["ArnNotEquals", ARN, ARN, false],
    ["ArnNotLike", "arn:aws:iam::*:user/*", ARN, true],
    ["ArnNotLike", "arn:aws:iam::*:role/*", undefined, true],
    ["Bool", "true", "true", true],
    ["Bool", true, "true", true],
    ["Bool", false, "true", false],
    ["Bool", "False", "false", true],
    ["Bool", "false", undefined, false],
    ["BoolIfExists", "false", undefined, true],
    ["Null", "true", undefined, true],
    ["Null", "true", "t3.micro", false],
    ["Null", "false", "t3.micro", true],
    ["Null", false, undefined, false],
    ["NumericEquals", 8, "8", true],
    ["NumericEquals", "8", "8.0", true],
    ["NumericEquals", "8", "9", false],
    ["NumericEquals", "8", "eight", false],
    ["NumericEquals", "0", "", false],
    ["NumericNotEquals", "8", "9", true],
    ["NumericNotEquals", "8", "8", false],
    ["NumericLessThan", "8", "7", true],
    ["NumericLessThan", "8", "8", false],
    ["NumericLessThanEquals", "8", "8", true],
    ["NumericGreaterThan", "8", "9", true],
    ["NumericGreaterThan", "8", "8", false],
    ["NumericGreaterThanEquals", "8", "8", true],
    ["NumericGreaterThanEquals", "8", undefined, false],
    ["NumericLessThanEqualsIfExists", "8", undefined, true],
    ["DateEquals", "2026-11-30T00:00:00Z", "2026-11-30T00:00:00.000Z", true],
    ["DateNotEquals", "2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z", true],
    ["DateLessThan", "2026-12-01T00:00:00Z", "2026-11-30T12:00:00Z", true],
    ["DateLessThan", "1", "2026-11-30T12:00:00Z", false],
    ["DateGreaterThan", "1", "1780000000", true],
    ["DateLessThanEquals", "2026-11-30T00:00:00Z", "2026-11-30T00:00:00Z", true],
    ["DateGreaterThanEquals", "2026-11-30T00:00:00Z", "2026-11-29T00:00:00Z", false],
    ["DateGreaterThan", "yesterday", "2026-11-29T00:00:00Z", false],
    ["IpAddress", "203.0.113.0/24", "203.0.113.7", true],
    ["IpAddress", "203.0.113.7", "203.0.113.7", true],
    ["IpAddress", "203.0.113.0/24", "203.0.114.7", false],
    ["IpAddress", "2001:db8::/32", "2001:db8::1", true],
    ["IpAddress", "2001:db8::/32", "203.0.113.7", false],
    ["IpAddress", ["198.51.100.0/24", "203.0.113.0/24"], "203.0.113.7", true],
    ["IpAddress", "somewhere", "203.0.113.7", false],
    ["IpAddress", "203.0.113.0/99", "203.0.113.7", false],
    ["NotIpAddress", "203.0.113.0/24", "203.0.114.7", true],
    ["NotIpAddress", "203.0.113.0/24", "203.0.113.7", false],
    ["BinaryEquals", "QmluYXJ5", "QmluYXJ5", true],
    ["BinaryEquals", "QmluYXJ5", "b3RoZXI=", false],
    ["ForAllValues:StringEquals", ["a", "b"], ["a", "b"], true],
    ["ForAllValues:StringEquals", ["a", "b"], ["a", "c"], false],
    ["ForAllValues:StringEquals", ["a", "b"], undefined, true],
    ["ForAllValues:StringLike", ["bake-ami:*", "Name"], ["Name", "bake-ami:owner"], true],
    ["ForAllValues:StringNotEquals", ["a"], ["b", "c"], true],
    ["ForAllValues:StringNotEquals", ["a"], ["a", "c"], false],
    ["ForAnyValue:StringEquals", ["a", "b"], ["c", "b"], true],
    ["ForAnyValue:StringEquals", ["a", "b"], ["c"], false],
    ["ForAnyValue:StringEquals", ["a"], undefined, false],
    ["ForAnyValue:StringEqualsIfExists", ["a"], undefined, true],
    ["ForAnyValue:StringNotEquals", ["a"], ["a", "c"], true],
    ["ForAnyValue:StringNotEquals", ["a"], ["a"], false],
    ["ForAnyValue:ArnLike", "arn:aws:iam::*:role/*", [ARN], true],
    ["StringEquals", "b", ["a", "b"], true],
  ])("%s %j of a request with %j: %s", (operator, wanted, given, expected) => {
    const Condition = { [operator]: { [KEY]: wanted } };
    expect(allows({ Condition }, given === undefined ? {} : { [KEY]: given })).toBe(expected);
  });

  test.each<[string, object, Values, boolean]>([
    ["all operators", { StringEquals: { a: "1" }, StringLike: { b: "2" } }, { a: "1", b: "2" }, true],
    ["one of two operators", { StringEquals: { a: "1" }, StringLike: { b: "2" } }, { a: "1", b: "3" }, false],
    ["all keys", { StringEquals: { a: "1", b: "2" } }, { a: "1", b: "2" }, true],
    ["one of two keys", { StringEquals: { a: "1", b: "2" } }, { a: "1" }, false],
    ["a key in another case", { StringEquals: { "AWS:requesttag/OWNER": "x" } }, { "aws:RequestTag/owner": "x" }, true],
    [
      "a variable",
      { StringEquals: { "aws:ResourceTag/by": "${aws:userid}" } },
      { "aws:ResourceTag/by": "u", "aws:userid": "u" },
      true,
    ],
    [
      "a variable of another value",
      { StringEquals: { "aws:ResourceTag/by": "${aws:userid}" } },
      { "aws:ResourceTag/by": "v", "aws:userid": "u" },
      false,
    ],
    [
      "a variable without a value",
      { StringEquals: { "aws:ResourceTag/by": "${aws:userid}" } },
      { "aws:ResourceTag/by": "" },
      false,
    ],
    ["a wildcard in a variable's value", { StringLike: { a: "${b}" } }, { a: "xyz", b: "x*" }, false],
    [
      "an ARN with a variable",
      { ArnLike: { a: "arn:aws:iam::${aws:PrincipalAccount}:role/${b}" } },
      { a: "arn:aws:iam::1:role/x:y", b: "x:y", "aws:PrincipalAccount": "1" },
      true,
    ],
  ])("with %s", (_what, Condition, values, expected) => {
    expect(allows({ Condition }, values)).toBe(expected);
  });
});
