import { isCollection, type ObjectType, type Type } from "./types.js";

/** Types, the most general first (cty's order of preference for unification); equals keep their order. */
export function sortTypes(types: readonly Type[]): readonly Type[] {
  const before = types.map((type, i) => types.filter((other, j) => i !== j && compareTypes(other, type) < 0).length);
  const after = types.map((type) => types.flatMap((other, j) => (compareTypes(type, other) < 0 ? [j] : [])));
  const ready = before.flatMap((n, i) => (n === 0 ? [i] : []));
  const result: Type[] = [];
  for (let next = ready.shift(); next !== undefined; next = ready.shift()) {
    const type = types[next];
    if (type) result.push(type);
    for (const j of after[next] ?? []) {
      const left = (before[j] ?? 0) - 1;
      before[j] = left;
      if (left === 0) ready.push(j);
    }
  }
  return result;
}

/** Negative: `a` is the more general one and preferred; zero: neither. */
function compareTypes(a: Type, b: Type): number {
  if (a.kind === "dynamic" || b.kind === "dynamic") return Number(a.kind === "dynamic") - Number(b.kind === "dynamic");
  if (a.kind === b.kind) {
    if (isCollection(a) && isCollection(b)) return compareTypes(a.element, b.element);
    if (a.kind === "object" && b.kind === "object") return compareObjects(a, b);
    if (a.kind === "tuple" && b.kind === "tuple") return compareAll(pairs(a.elements, b.elements));
    return 0;
  }
  if (isScalar(a) && isScalar(b)) return Number(b.kind === "string") - Number(a.kind === "string");
  return preference(a, b) - preference(b, a);
}

function isScalar(type: Type): boolean {
  return type.kind === "string" || type.kind === "number" || type.kind === "bool";
}

/** -1 where `a` is what `b` becomes: a list for a tuple, a map for an object, a list or tuple for a set. */
function preference(a: Type, b: Type): number {
  if (b.kind === "set" && (a.kind === "tuple" || a.kind === "list")) return -1;
  if (a.kind === "list" && b.kind === "tuple") return -1;
  return a.kind === "map" && b.kind === "object" ? -1 : 0;
}

function compareObjects(a: ObjectType, b: ObjectType): number {
  const names = [...a.attributes.keys()];
  if (a.attributes.size !== b.attributes.size || !names.every((name) => b.attributes.has(name))) return 0;
  return compareAll(pairs([...a.attributes.values()], [...b.attributes.values()]));
}

function pairs(a: readonly Type[], b: readonly Type[]): readonly (readonly [Type, Type])[] | undefined {
  if (a.length !== b.length) return undefined;
  return a.flatMap((left, i) => {
    const right = b[i];
    return right ? [[left, right] as const] : [];
  });
}

function compareAll(list: readonly (readonly [Type, Type])[] | undefined): number {
  const answers = (list ?? []).map(([a, b]) => compareTypes(a, b));
  const general = answers.some((n) => n < 0);
  const special = answers.some((n) => n > 0);
  return Number(special) - Number(general);
}
