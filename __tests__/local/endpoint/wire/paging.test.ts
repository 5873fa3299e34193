import { describe, expect, test } from "@jest/globals";
import { EC2_PAGES, page } from "../../../../src/local/endpoint/wire/paging.js";

const rows = Array.from({ length: 12 }, (_, index) => index);

describe("page", () => {
  test("is the whole list unless a size is requested", () => {
    expect(page({}, rows, EC2_PAGES)).toEqual({ rows, next: undefined });
  });

  test("continues from a token to the end", () => {
    const first = page({ MaxResults: "5" }, rows, EC2_PAGES);
    const second = page({ MaxResults: "5", NextToken: first.nextToken ?? "" }, rows, EC2_PAGES);
    const third = page({ MaxResults: "5", NextToken: second.nextToken ?? "" }, rows, EC2_PAGES);
    expect([first.rows, second.rows, third.rows]).toEqual([rows.slice(0, 5), rows.slice(5, 10), rows.slice(10)]);
    expect(third.nextToken).toBeUndefined();
  });

  test("has the usual size of a service that always pages", () => {
    expect(page({}, rows, { least: 1, most: 10, usual: 10, badToken: "InvalidNextToken" }).rows).toHaveLength(10);
  });

  test.each([
    ["a size out of range", { MaxResults: "4" }, [], "between 5 and 1000"],
    ["a size with a list of ids", { MaxResults: "5" }, ["i-1"], "cannot be used with a list of ids"],
    ["a foreign token", { NextToken: "abc" }, [], "pagination token is not valid"],
    ["a size that is no number", { MaxResults: "many" }, [], "Value (many) for parameter MaxResults is invalid"],
  ])("refuses %s", (_what, params, ids, message) => {
    expect(() => page(params, rows, EC2_PAGES, ids)).toThrow(message);
  });
});
