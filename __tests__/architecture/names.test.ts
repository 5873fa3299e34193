import { expect, test } from "@jest/globals";
import { files } from "./imports.js";

test("every exported type has a unique name", () => {
  const declared = new Map<string, string[]>();
  for (const [file, text] of files) {
    for (const [, name = ""] of text.matchAll(/^export (?:interface|type|class) (\w+)/gm)) {
      declared.set(name, [...(declared.get(name) ?? []), file]);
    }
  }
  expect([...declared].filter(([, places]) => places.length > 1)).toEqual([]);
});
