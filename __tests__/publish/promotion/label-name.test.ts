import { expect, test } from "@jest/globals";
import { labelComplaint } from "../../../src/publish/promotion/label-pointer.js";

test.each(["prod", "_x", ".a", "-", "Prod-1.2_3", "a".repeat(91)])("%s is a label", (label) => {
  expect(labelComplaint(label)).toBeUndefined();
});

test.each<[string, RegExp]>([
  ["", /is no label/],
  ["1st", /"1st" is no label/],
  ["aws-prod", /is no label/],
  ["SSM", /is no label/],
  ["a b", /is no label/],
  ["a/b", /is no label/],
  ["a:b", /is no label/],
  ["prød", /is no label/],
  ["a".repeat(92), /more than 91 characters/],
])("%j is not", (label, message) => {
  expect(labelComplaint(label)).toMatch(message);
});
