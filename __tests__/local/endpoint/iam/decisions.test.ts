import { describe, expect, test } from "@jest/globals";
import { readPolicy } from "../../../../src/local/endpoint/iam/policies/document.js";
import { type CallerPolicies, decide } from "../../../../src/local/endpoint/iam/policies/evaluate.js";

const REQUEST = {
  action: "ec2:RunInstances",
  resource: "arn:aws:ec2:us-east-1:123456789012:instance/i-1",
  keys: new Map<string, readonly string[]>(),
};

describe("the decision", () => {
  const allow = (Action: string) => readPolicy({ Statement: { Effect: "Allow", Action, Resource: "*" } });
  const deny = (Action: string) => readPolicy({ Statement: { Sid: "No", Effect: "Deny", Action, Resource: "*" } });
  const all = allow("*");

  test.each<[string, Partial<CallerPolicies>, string | undefined, boolean]>([
    ["an allow", { identity: [all] }, undefined, false],
    ["no policy at all", { identity: [] }, "identity-based policy", false],
    ["an allow of another action", { identity: [allow("s3:*")] }, "identity-based policy", false],
    ["an allow in the second policy", { identity: [allow("s3:*"), all] }, undefined, false],
    ["an allow and a deny", { identity: [all, deny("ec2:Run*")] }, "identity-based policy", true],
    ["a deny before an allow", { identity: [deny("*"), all] }, "identity-based policy", true],
    ["a deny of another action", { identity: [all, deny("s3:*")] }, undefined, false],
    ["a boundary that allows", { identity: [all], boundary: all }, undefined, false],
    ["a boundary that does not allow", { identity: [all], boundary: allow("s3:*") }, "permissions boundary", false],
    ["a boundary that denies", { identity: [all], boundary: deny("*") }, "permissions boundary", true],
    ["a boundary alone", { boundary: all }, undefined, false],
    ["a session policy that allows", { identity: [all], session: [all] }, undefined, false],
    ["a session policy that does not allow", { identity: [all], session: [allow("s3:*")] }, "session policy", false],
    ["a session policy that denies", { identity: [all], session: [deny("*")] }, "session policy", true],
    [
      "a session policy that allows more than the role",
      { identity: [allow("s3:*")], session: [all] },
      "identity-based policy",
      false,
    ],
    ["a session of a role without a policy here", { session: [all] }, undefined, false],
    ["no limit", {}, undefined, false],
  ])("of %s", (_what, policies, by, isExplicit) => {
    const whole = { identity: undefined, boundary: undefined, session: undefined, ...policies };
    const decision = decide(whole, REQUEST);
    expect(decision).toMatchObject({ isAllowed: by === undefined, by });
    expect(decision.denials.map(({ sid }) => sid)).toEqual(isExplicit ? ["No"] : []);
  });
});

describe("a policy is refused with the place where", () => {
  const statement = { Effect: "Allow", Action: "ec2:*", Resource: "*" };

  test.each<[string, unknown, string]>([
    ["it is not an object", "x", "Policy: must be an object"],
    ["it has no statement", { Version: "2012-10-17" }, "Statement: is missing"],
    [
      "its version is unknown",
      { Version: "2020-01-01", Statement: [] },
      'Version: must be one of "2012-10-17", "2008-10-17"',
    ],
    ["it has a foreign member", { Statements: [] }, "Policy.Statements: is not known in a policy of this kind"],
    [
      "the effect is unknown",
      { Statement: { ...statement, Effect: "allow" } },
      'Statement.Effect: must be "Allow" or "Deny"',
    ],
    [
      "the action is missing",
      { Statement: [statement, { Effect: "Deny", Resource: "*" }] },
      "Statement[1]: has neither Action nor NotAction",
    ],
    ["there are both", { Statement: { ...statement, NotAction: "*" } }, "Statement: has both Action and NotAction"],
    [
      "the action has no service",
      { Statement: { ...statement, Action: ["ec2:*", "RunInstances"] } },
      'Statement.Action: "RunInstances" must be "*" or SERVICE:ACTION',
    ],
    [
      "the action is a number",
      { Statement: { ...statement, Action: [{}] } },
      "Statement.Action: must be a text or a list of texts",
    ],
    ["the list of actions is empty", { Statement: { ...statement, Action: [] } }, "Statement.Action: is empty"],
    [
      "the resource is missing",
      { Statement: { Effect: "Allow", Action: "*" } },
      "Statement: has neither Resource nor NotResource",
    ],
    [
      "the resource is not an ARN",
      { Statement: { ...statement, Resource: "instance/*" } },
      'Statement.Resource: "instance/*" must be "*" or an ARN',
    ],
    [
      "there is a principal",
      { Statement: { ...statement, Principal: "*" } },
      "Statement.Principal: is not known in a policy of this kind",
    ],
    [
      "an operator is unknown",
      { Statement: [{ ...statement, Condition: { StringEqual: { a: "b" } } }] },
      "Statement[0].Condition.StringEqual: is not a condition operator",
    ],
    [
      "an operator has a set that it cannot have",
      { Statement: { ...statement, Condition: { "ForAllValues:Null": { a: "true" } } } },
      "Statement.Condition.ForAllValues:Null: is not a condition operator",
    ],
    [
      "the keys are not an object",
      { Statement: { ...statement, Condition: { StringEquals: "a" } } },
      "Statement.Condition.StringEquals: must be an object",
    ],
    [
      "a value is an object",
      { Statement: { ...statement, Condition: { StringEquals: { a: {} } } } },
      "Statement.Condition.StringEquals.a: must be a text or a list of texts",
    ],
    [
      "a Sid has other characters",
      { Statement: { ...statement, Sid: "a b" } },
      "Statement.Sid: must have letters and digits only",
    ],
    [
      "a Sid is used twice",
      {
        Statement: [
          { ...statement, Sid: "A" },
          { ...statement, Sid: "A" },
        ],
      },
      'Statement: the Sid "A" is used more than once',
    ],
  ])("%s", (_what, policy, message) => {
    expect(() => readPolicy(policy)).toThrow(message);
  });
});
