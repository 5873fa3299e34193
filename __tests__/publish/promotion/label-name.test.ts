import { expect, test } from "@jest/globals";
import { labelComplaint } from "../../../src/publish/promotion/label-pointer.js";

test.each(["prod", "_x", ".a", "-", "Prod-1.2_3", "a".repeat(91)])("%s is a valid label", (label) => {
  expect(labelComplaint(label)).toBeUndefined();
});

test.each<[string, RegExp]>([
  ["", /is invalid/],
  ["1st", /Label "1st" is invalid/],
  ["aws-prod", /is invalid/],
  ["SSM", /is invalid/],
  ["a b", /is invalid/],
  ["a/b", /is invalid/],
  ["a:b", /is invalid/],
  ["prød", /is invalid/],
  ["a".repeat(92), /more than 91 characters/],
])("%j is an invalid label", (label, message) => {
  expect(labelComplaint(label)).toMatch(message);
});
