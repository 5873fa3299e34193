import { refusal } from "./wire/errors.js";
import { groups, type Params, text } from "./wire/query.js";

/** What the account or its organization allows in a region. A seed sets it. */
export interface AccountRules {
  /** State, usage and spec of KMS keys that are not ordinary ones, by id or alias. */
  readonly kmsKeys: Readonly<Record<string, KeyFacts>>;
  /** Values of quotas of EC2, by code. A quota without a value is large. */
  readonly quotas: Readonly<Record<string, number>>;
  /** Allowed AMIs: its state, who manages it, and the owners whose images are allowed. */
  readonly allowedImages: {
    readonly state: "disabled" | "enabled" | "audit-mode";
    readonly managedBy: "account" | "declarative-policy";
    readonly owners: readonly string[];
  };
  /** Tag policies: the values that a tag may have, by its key. */
  readonly tagValues: Readonly<Record<string, readonly string[]>>;
}

/** What DescribeKey returns of a key. */
export interface KeyFacts {
  readonly state?: string | undefined;
  readonly usage?: string | undefined;
  readonly spec?: string | undefined;
}

/** The rules of an account that nobody has restricted. */
export const NO_RULES: AccountRules = {
  kmsKeys: {},
  quotas: {},
  allowedImages: { state: "disabled", managedBy: "account", owners: [] },
  tagValues: {},
};

/** Throws where a tag of a call has a value that the tag policy of the account does not allow. */
export function checkTagPolicy({ tagValues }: AccountRules, params: Params): void {
  for (const specification of groups(params, "TagSpecification")) {
    for (const tag of groups(specification, "Tag")) {
      const key = text(tag, "Key") ?? "";
      const allowed = Object.hasOwn(tagValues, key) ? tagValues[key] : undefined;
      if (allowed === undefined || allowed.includes(text(tag, "Value") ?? "")) continue;
      throw refusal(
        "TagPolicyViolation",
        `The tag policy does not allow the specified value for the following tag key: '${key}'.`,
      );
    }
  }
}

/** Returns whether Allowed AMIs includes an owner; undefined where the settings are off. */
export function isOwnerAllowed({ allowedImages }: AccountRules, owner: string, account: string): boolean | undefined {
  if (allowedImages.state === "disabled") return undefined;
  return owner === account || allowedImages.owners.includes(owner);
}

/** Families of instance types that share a quota on vCPUs, by its code. */
const FAMILIES: readonly (readonly [code: string, families: RegExp])[] = [
  ["L-DB2E81BA", /^(g|vt)\d/],
  ["L-417A185B", /^p\d/],
  ["L-1216C47A", /^[acdhimrtz]\d/],
];

/** Throws where a launch needs more vCPUs than the quota of its family leaves. A dry run does not come here, as in EC2. */
export function checkVcpus(
  { quotas }: AccountRules,
  type: string,
  more: number,
  used: (families: RegExp) => number,
): void {
  const [code = "", families = /^$/] = FAMILIES.find(([, pattern]) => pattern.test(type)) ?? [];
  const limit = quotas[code];
  if (limit === undefined || used(families) + more <= limit) return;
  throw refusal(
    "VcpuLimitExceeded",
    `You have requested more vCPU capacity than your current vCPU limit of ${limit} allows for the instance bucket that the specified ` +
      "instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.",
  );
}
