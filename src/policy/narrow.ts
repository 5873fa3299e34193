import type { PermissionStatement } from "../core/permissions.js";

/** Returns the actions in the lines of a debug log: `AWS ec2:RunInstances in us-east-1: OK, HTTP 200, …`. */
export function calledActions(log: string): ReadonlySet<string> {
  const calls = log.matchAll(/\bAWS ([\w-]+):(\w+) in [\w*-]+: /g);
  return new Set([...calls].map(([, service, action]) => `${service}:${action}`));
}

/**
 * Returns the statements with the actions that were called, and those that a log does not show although they are needed: what removes the
 * resources of a failed bake, and what AWS checks as a part of another call.
 */
export function narrowToCalls(
  statements: readonly PermissionStatement[],
  called: ReadonlySet<string>,
): readonly PermissionStatement[] {
  return statements.flatMap((statement) => {
    const { actions, unlogged = [] } = statement;
    const kept = actions.filter((action) => called.has(action) || unlogged.includes(action));
    return kept.length === 0 ? [] : [{ ...statement, actions: kept }];
  });
}

/**
 * Actions that only read, by their names, but not those that return secrets or logins: whoever can open a pull request can change a template
 * so that its plan shows them.
 */
const READS = /:(Describe|Get|List)(?!PasswordData|ConsoleOutput|SecretValue|ServiceBearerToken|AuthorizationToken)/;

/** Returns the statements with the actions that only read. */
export function onlyReads(statements: readonly PermissionStatement[]): readonly PermissionStatement[] {
  return statements.flatMap((statement) => {
    const actions = statement.actions.filter((action) => READS.test(action));
    return actions.length === 0 ? [] : [{ ...statement, actions }];
  });
}
