import { describe, expect, test } from "@jest/globals";
import { toFilters } from "../../src/aws/filters.js";

describe("filters of a template", () => {
  test.each([
    ["ubuntu/images/*", ["ubuntu/images/*"]],
    ["a,b", ["a", "b"]],
    ['"a,b",c', ["a,b", "c"]],
    [" a ", [" a "]],
  ])("%s gives %j", (value, values) => {
    expect(toFilters({ name: value })).toEqual([{ Name: "name", Values: values }]);
  });

  test.each([
    ["", /"name" has no value/],
    ['"a', /must be a list of comma-separated values/],
  ])("%j is refused", (value, message) => {
    expect(() => toFilters({ name: value })).toThrow(message);
  });
});
