import type { PermissionStatement } from "../core/permissions.js";
import { policyDocument, policySize } from "./document.js";

/** The most characters of a managed policy (IAM quotas). */
export const MOST_OF_MANAGED_POLICY = 6144;

/**
 * Divides statements into policies of at most `most` characters, in their order. A statement that is larger itself is divided by its
 * resources.
 */
export function splitPolicies(
  statements: readonly PermissionStatement[],
  most = MOST_OF_MANAGED_POLICY,
): readonly (readonly PermissionStatement[])[] {
  const fits = (some: readonly PermissionStatement[]) => policySize(policyDocument(some)) <= most;
  const policies: PermissionStatement[][] = [];
  for (const statement of statements.flatMap((each) => divide(each, (part) => fits([part])))) {
    const last = policies.at(-1);
    if (last && fits([...last, statement])) last.push(statement);
    else policies.push([statement]);
  }
  return policies.length > 0 ? policies : [[]];
}

function divide(
  statement: PermissionStatement,
  fits: (part: PermissionStatement) => boolean,
): readonly PermissionStatement[] {
  const { resources, sid } = statement;
  if (resources.length < 2 || fits(statement)) return [statement];
  const middle = Math.ceil(resources.length / 2);
  const halves = [
    { ...statement, resources: resources.slice(0, middle) },
    { ...statement, resources: resources.slice(middle), sid: `${sid}More` },
  ];
  return halves.flatMap((half) => divide(half, fits));
}
