import type { Diagnostic } from "../core/diagnostics.js";
import { BakeError } from "../core/errors.js";
import type { PermissionScope, PermissionStatement } from "../core/permissions.js";
import type { BakePlan } from "../plan/plan.js";
import { cloudFormationText, PROVIDER_OF_STACK } from "../policy/cloudformation.js";
import { type PolicyDocument, policyDocument, policySize, policyText } from "../policy/document.js";
import { calledActions, narrowToCalls } from "../policy/narrow.js";
import { MOST_OF_MANAGED_POLICY, splitPolicies } from "../policy/split.js";
import { type NamedPolicy, terraformText } from "../policy/terraform.js";
import { providerArn, type Trust, trustedSubject, trustPolicy } from "../policy/trust.js";
import { type PolicyOptions, statementsOf } from "./policy.js";
import type { BakeRequest } from "./request.js";

/** How a policy is printed. */
export interface PolicyPrint extends PolicyOptions {
  readonly format: "json" | "terraform" | "cloudformation";
  /** Undefined prints no trust policy. */
  readonly trust: Trust | undefined;
  /** Text of a debug log, to narrow the policy to what was called; undefined does not narrow it. */
  readonly log: string | undefined;
}

/** A policy as text, and what the user should know about it. */
export interface PrintedPolicy {
  readonly text: string;
  readonly statements: readonly PermissionStatement[];
  /** Warnings about what the policy assumes, and what to do with it. */
  readonly notes: readonly Diagnostic[];
}

/** Stands for the account in the ARN of a trust policy, which must not have a wildcard. */
const ACCOUNT = "ACCOUNT";

/** Returns the IAM policy of a plan, or of a purpose without a template, in the language of the print. Throws a `BakeError`. */
export async function printPolicy(
  plan: BakePlan | undefined,
  request: BakeRequest,
  print: PolicyPrint,
): Promise<PrintedPolicy> {
  const { scope, run, temporaryRoles, notes } = await statementsOf(plan, request, print);
  const statements = print.log === undefined ? run : narrowToCalls(run, callsOf(print.log));
  const boundary = print.withBoundary ? boundaryOf(temporaryRoles) : undefined;
  const policies = splitPolicies(statements);
  return {
    text: textOf({ policies, boundary, scope }, print),
    statements,
    notes: [...sizeNotes(statements, policies.length), ...trustNotes(print, scope), ...notes],
  };
}

function callsOf(log: string): ReadonlySet<string> {
  const called = calledActions(log);
  if (called.size > 0) return called;
  throw new BakeError("The log has no API calls", {
    code: "no-calls-in-log",
    hint: 'Set "-from-log" to the debug log of a bake: BAKE_AMI_LOG=debug BAKE_AMI_LOG_PATH=FILE bake-ami build TEMPLATE.',
  });
}

/** Returns the permissions boundary of temporary roles. Nothing of IAM and STS is in it, because a role could get other rights by them. */
function boundaryOf(temporaryRoles: readonly PermissionStatement[]): readonly PermissionStatement[] {
  if (temporaryRoles.length === 0) {
    throw new BakeError("No build of the template creates a temporary role, so there is no permissions boundary", {
      code: "no-temporary-role",
      hint: 'Remove "-boundary". It is for templates with the policy document of a temporary instance profile.',
    });
  }
  const kept = temporaryRoles.flatMap((statement) => {
    const actions = statement.actions.filter((action) => !/^(\*|iam:|sts:)/i.test(action));
    return actions.length === 0 ? [] : [{ ...statement, actions }];
  });
  if (kept.length > 0) return kept;
  throw new BakeError(
    "The temporary role may do nothing but IAM and STS, or everything: no permissions boundary can limit it",
    {
      code: "unlimited-temporary-role",
      hint: "Name the actions in the policy document of the temporary instance profile.",
    },
  );
}

/** The policies to print. */
interface Policies {
  readonly policies: readonly (readonly PermissionStatement[])[];
  readonly boundary: readonly PermissionStatement[] | undefined;
  readonly scope: PermissionScope;
}

function textOf({ policies, boundary, scope }: Policies, { format, trust }: PolicyPrint): string {
  const named = policies.map((statements, index) =>
    nameOf(index === 0 ? "bake_ami" : `bake_ami_${index + 1}`, statements),
  );
  const limit = boundary && nameOf("bake_ami_boundary", boundary);
  if (format === "terraform") {
    const role = trust && {
      name: "bake_ami_trust",
      document: trustOf(trust, scope),
      reasons: new Map<string, string>(),
    };
    return terraformText([...named, ...(limit ? [limit] : []), ...(role ? [role] : [])]);
  }
  if (format === "cloudformation") {
    const role = trust && trustPolicy(trust, PROVIDER_OF_STACK, scope.partition);
    return cloudFormationText({ policies: named, trust: role, boundary: limit });
  }
  const documents = named.map(({ document }) => document);
  const [only, ...others] = documents;
  if (only && others.length === 0 && !trust && !limit) return policyText(only);
  return JSON.stringify(
    {
      ...(others.length === 0 ? { policy: only } : { policies: documents }),
      ...(trust ? { trust: trustOf(trust, scope) } : {}),
      ...(limit ? { boundary: limit.document } : {}),
    },
    undefined,
    2,
  );
}

function nameOf(name: string, statements: readonly PermissionStatement[]): NamedPolicy {
  const reasons = new Map(statements.map(({ sid, why }) => [sid, why]));
  return { name, document: policyDocument(statements), reasons };
}

function trustOf(trust: Trust, { partition, account }: PermissionScope): PolicyDocument {
  return trustPolicy(trust, providerArn(partition, account === "*" ? ACCOUNT : account), partition);
}

function note(code: string, summary: string, hint: string): Diagnostic {
  return { severity: "warning", code, summary, hint };
}

function sizeNotes(statements: readonly PermissionStatement[], count: number): readonly Diagnostic[] {
  if (statements.length === 0) {
    return [
      note(
        "policy-empty",
        "Nothing calls an AWS API, so no policy is needed",
        "IAM accepts no policy without statements.",
      ),
    ];
  }
  if (count < 2) return [];
  const size = policySize(policyDocument(statements)).toLocaleString("en-US");
  const most = MOST_OF_MANAGED_POLICY.toLocaleString("en-US");
  return [
    note(
      "policy-divided",
      `The policy has ${size} characters, and a managed policy can have ${most}: it is divided into ${count} policies`,
      "Attach all of them to the role. An inline policy of a role can have 10,240 characters.",
    ),
  ];
}

function trustNotes({ trust, format }: PolicyPrint, { account }: PermissionScope): readonly Diagnostic[] {
  if (!trust) return [];
  return [
    ...(account === "*" && format !== "cloudformation"
      ? [
          note(
            "policy-without-account",
            `The account of the trust policy is not known: it has "${ACCOUNT}" in its place`,
            'Set "-account", or replace it.',
          ),
        ]
      : []),
    ...(trust.environment === undefined
      ? [
          note(
            "trust-of-branch",
            `Only jobs with the subject "${trustedSubject(trust)}" can assume the role`,
            'Set "-environment" to allow the jobs of an environment instead.',
          ),
        ]
      : []),
  ];
}
