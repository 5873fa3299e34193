import { expect } from "@jest/globals";
import { fc } from "../../support/properties.js";

/** Returns the sign of a comparison as text. */
export function relation(difference: number): string {
  return difference < 0 ? "<" : difference > 0 ? ">" : "=";
}

/** Checks the laws of a total order for a comparison, with random texts of the characters. */
export function totalOrder(compare: (a: string, b: string) => number, characters: string): void {
  const text = fc.array(fc.constantFrom(...characters), { maxLength: 8 }).map((chars) => chars.join(""));
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      expect(compare(a, a)).toBe(0);
      expect(Math.sign(compare(a, b)) + Math.sign(compare(b, a))).toBe(0);
      if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
      if (compare(a, b) === 0) expect(Math.sign(compare(a, c))).toBe(Math.sign(compare(b, c)));
    }),
    { numRuns: 2000 },
  );
}
