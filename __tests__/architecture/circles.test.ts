import { describe, expect, test } from "@jest/globals";
import { files, imports } from "./imports.js";

/** Returns the groups of files that import each other in a circle, types included (Tarjan's algorithm). */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): number => {
    const at = index.size;
    index.set(node, at);
    low.set(node, at);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      const reached = index.has(next) ? (stack.includes(next) ? index.get(next) : undefined) : visit(next);
      if (reached !== undefined) low.set(node, Math.min(low.get(node) ?? at, reached));
    }
    const lowest = low.get(node) ?? at;
    if (lowest === at) {
      const circle = stack.splice(stack.indexOf(node));
      if (circle.length > 1) found.push(circle.sort());
    }
    return lowest;
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return found;
}

describe("import circles", () => {
  test("finds circles of two and of three files, and accepts a diamond", () => {
    const graph = new Map([
      ["a", ["b"]],
      ["b", ["a", "c"]],
      ["c", ["d"]],
      ["d", ["e"]],
      ["e", ["c"]],
      ["f", ["g", "h"]],
      ["g", ["i"]],
      ["h", ["i"]],
    ]);
    expect(circlesOf(graph)).toEqual([
      ["c", "d", "e"],
      ["a", "b"],
    ]);
  });

  test("no file of src/ imports itself through others", () => {
    const graph = new Map(
      [...files.keys()].map((file) => [
        file,
        imports.filter((each) => each.file === file && files.has(each.target)).map(({ target }) => target),
      ]),
    );
    expect(circlesOf(graph)).toEqual([]);
  });
});
