import { expect, test } from "@jest/globals";
import { imageStack, noteText } from "../../../src/publish/promotion/history.js";

const version = (value: string, note?: "promote" | "rollback" | "restore", from?: string) => ({
  value,
  description: note ? noteText({ kind: note, from, to: value, by: "run 1" }) : "",
  version: 1,
  labels: [],
  at: 0,
  by: "",
  dataType: "",
});

test.each<[string, Parameters<typeof imageStack>[0], readonly string[]]>([
  ["puts", [version("a"), version("b"), version("b"), version("a")], ["a", "b", "a"]],
  ["a rollback", [version("a"), version("b"), version("c"), version("b", "rollback")], ["a", "b"]],
  ["a promotion that was taken back", [version("a"), version("b", "promote"), version("a", "restore")], ["a"]],
  ["a promotion after a rollback", [version("a"), version("b"), version("a", "rollback"), version("c")], ["a", "c"]],
  [
    "another's put that kept our description",
    [version("a"), version("b"), { ...version("a", "rollback"), value: "c" }],
    ["a", "b", "c"],
  ],
])("the stack of %s", (_, history, stack) => {
  expect(imageStack(history)).toEqual(stack);
});
