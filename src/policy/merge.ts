import type { Conditions, PermissionStatement } from "../core/permissions.js";

/**
 * Merges statements with the same Sid where the result allows nothing more: those that differ only in the actions, only in the resources, or
 * only in the values of one condition key. Removes duplicates and sorts. Statements that cannot be merged get a number after their Sid.
 */
export function mergeStatements(statements: readonly PermissionStatement[]): readonly PermissionStatement[] {
  return numbered(mergeAll(statements, (one, other) => one.sid === other.sid));
}

/** Merges as `mergeStatements`, also statements with different Sids that `isMergeable` accepts. The Sid of the first one stays. */
export function mergeAll(
  statements: readonly PermissionStatement[],
  isMergeable: (one: PermissionStatement, other: PermissionStatement) => boolean,
): readonly PermissionStatement[] {
  const merged: PermissionStatement[] = [];
  for (const statement of statements.map(sorted)) {
    let next = statement;
    for (;;) {
      const at = merged.findIndex((each) => isMergeable(each, next) && union(each, next) !== undefined);
      const found = merged[at];
      const joined = found && union(found, next);
      if (joined === undefined) break;
      merged.splice(at, 1);
      next = joined;
    }
    merged.push(next);
  }
  // A merged statement stays where its first part was.
  const order = statements.map(({ sid }) => sid);
  return merged.sort((one, other) => order.indexOf(one.sid) - order.indexOf(other.sid));
}

function sorted(statement: PermissionStatement): PermissionStatement {
  return {
    ...statement,
    actions: distinct(statement.actions),
    resources: distinct(statement.resources),
    conditions: withSortedValues(statement.conditions),
    unlogged: statement.unlogged && distinct(statement.unlogged),
  };
}

function withSortedValues(conditions: Conditions): Conditions {
  const operators = Object.entries(conditions).map(
    ([operator, keys]) =>
      [operator, Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, distinct(values)]))] as const,
  );
  return Object.fromEntries(operators);
}

/** Returns values without duplicates, sorted. */
export function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}

/** Returns the union of two statements if it allows exactly what both allow; undefined otherwise. */
function union(one: PermissionStatement, other: PermissionStatement): PermissionStatement | undefined {
  const sameActions = isSame(one.actions, other.actions);
  const sameResources = isSame(one.resources, other.resources);
  const sameConditions = isSame(one.conditions, other.conditions);
  if (one.ifDenied !== other.ifDenied) return undefined;
  const conditions = sameConditions
    ? one.conditions
    : sameActions && sameResources
      ? unionOfOne(one.conditions, other.conditions)
      : undefined;
  if (conditions === undefined || (!sameActions && !sameResources)) return undefined;
  return {
    ...one,
    actions: distinct([...one.actions, ...other.actions]),
    resources: distinct([...one.resources, ...other.resources]),
    conditions,
    why: one.why.includes(other.why) ? one.why : `${one.why}; ${other.why}`,
    unlogged: distinct([...(one.unlogged ?? []), ...(other.unlogged ?? [])]),
  };
}

/** Returns conditions that differ in the values of one key of an operator that means "one of these"; undefined for others. */
function unionOfOne(one: Conditions, other: Conditions): Conditions | undefined {
  const keys = (conditions: Conditions) =>
    Object.entries(conditions).flatMap(([operator, values]) =>
      Object.keys(values).map((key) => [operator, key] as const),
    );
  if (!isSame(keys(one), keys(other))) return undefined;
  const differing = keys(one).filter(([operator, key]) => !isSame(one[operator]?.[key], other[operator]?.[key]));
  const [[operator, key] = ["", ""], ...more] = differing;
  if (more.length > 0 || !/^(StringEquals|ArnEquals|ForAnyValue:StringEquals)$/.test(operator)) return undefined;
  const values = distinct([...(one[operator]?.[key] ?? []), ...(other[operator]?.[key] ?? [])]);
  return { ...one, [operator]: { ...one[operator], [key]: values } };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Returns the statements with unique Sids: the second `Launch` becomes `Launch2`. */
function numbered(statements: readonly PermissionStatement[]): readonly PermissionStatement[] {
  const seen = new Map<string, number>();
  return statements.map((statement) => {
    const count = (seen.get(statement.sid) ?? 0) + 1;
    seen.set(statement.sid, count);
    return count === 1 ? statement : { ...statement, sid: `${statement.sid}${count}` };
  });
}
