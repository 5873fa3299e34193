import type { Exact } from "./number.js";
import { isCollection, type Type } from "./types.js";
import { partsOf, type Value } from "./value.js";

/**
 * The size of a value as a function sees it that visits all of its parts: a part that occurs twice counts twice, although it is in memory
 * once.
 */
export interface Extent {
  readonly elements: number;
  /** Characters of all texts, keys and numbers. */
  readonly bytes: number;
  /** Levels of lists, maps and objects. */
  readonly depth: number;
}

const SINGLE: Extent = { elements: 1, bytes: 0, depth: 0 };
const extents = new WeakMap<Value | Type, Extent>();

/** Returns the extent of a value. It is computed once for each list and map. */
export function extentOf(value: Value): Extent {
  switch (value.kind) {
    case "string":
      return { elements: 1, bytes: value.value.length, depth: 0 };
    case "number":
      return { elements: 1, bytes: digitsOf(value.value), depth: 0 };
    case "bool":
      return SINGLE;
    case "null":
    case "unknown":
      return typeExtent(value.type);
    default:
      return remembered(value, () => {
        const parts = [...partsOf(value)];
        const keys = "entries" in value ? [...value.entries.keys()].reduce((sum, key) => sum + key.length, 0) : 0;
        return parts.length === 0 ? typeExtent(value.type) : total(parts.map(extentOf), keys);
      });
  }
}

/** Returns the number of digits that a number has when it is written without an exponent. */
export function digitsOf(value: Exact): number {
  return value.isFinite() ? Math.abs(value.e) + value.precision() : 3;
}

function typeExtent(type: Type): Extent {
  if (isCollection(type)) return remembered(type, () => total([typeExtent(type.element)], 0));
  if (type.kind === "tuple") return remembered(type, () => total(type.elements.map(typeExtent), 0));
  if (type.kind !== "object") return SINGLE;
  return remembered(type, () => total([...type.attributes.values()].map(typeExtent), 0));
}

function remembered(key: Value | Type, compute: () => Extent): Extent {
  const known = extents.get(key);
  if (known) return known;
  const extent = compute();
  extents.set(key, extent);
  return extent;
}

function total(parts: readonly Extent[], keys: number): Extent {
  let elements = 1;
  let bytes = keys;
  let depth = 0;
  for (const part of parts) {
    elements += part.elements;
    bytes += part.bytes;
    depth = Math.max(depth, part.depth);
  }
  return { elements, bytes, depth: depth + 1 };
}
