import { describe, expect, test } from "@jest/globals";
import { filtered, pattern } from "../../../../src/local/endpoint/wire/filters.js";
import { parseQuery } from "../../../../src/local/endpoint/wire/query.js";

describe("pattern", () => {
  test.each([
    ["ubuntu/*-22.04-*", "ubuntu/jammy-22.04-amd64", true],
    ["ubuntu/*-22.04-*", "ubuntu/jammy-22x04-amd64", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["a\\*c", "a*c", true],
    ["a\\*c", "abc", false],
    ["*", "", true],
    ["[ab]+(c)", "[ab]+(c)", true],
    ["a*", "a\nb", true],
    ["Name", "name", false],
  ])("%s on %j: %s", (filter, value, expected) => {
    expect(pattern(filter).test(value)).toBe(expected);
  });
});

describe("filtered", () => {
  const rows = [
    { id: "1", size: 8, tags: new Map([["team", "web"]]) },
    {
      id: "2",
      size: 80,
      tags: new Map([
        ["team", "db"],
        ["keep", ""],
      ]),
    },
  ];
  const ids = (query: string): readonly string[] =>
    filtered(parseQuery(query), rows, { size: (row) => row.size }, (row) => row.tags).map(({ id }) => id);

  test.each([
    ["", ["1", "2"]],
    ["Filter.1.Name=size&Filter.1.Value.1=8", ["1"]],
    ["Filter.1.Name=size&Filter.1.Value.1=8*", ["1", "2"]],
    ["Filter.1.Name=size&Filter.1.Value.1=8&Filter.1.Value.2=80", ["1", "2"]],
    ["Filter.1.Name=size&Filter.1.Value.1=8*&Filter.2.Name=tag:team&Filter.2.Value.1=db", ["2"]],
    ["Filter.1.Name=tag-key&Filter.1.Value.1=keep", ["2"]],
    ["Filter.1.Name=tag-value&Filter.1.Value.1=w*", ["1"]],
    ["Filter.1.Name=tag:gone&Filter.1.Value.1=*", []],
    ["Filter.1.Name=size", []],
  ])("%s", (query, expected) => {
    expect(ids(query)).toEqual(expected);
  });

  test("refuses an invalid filter", () => {
    expect(() => ids("Filter.1.Name=colour&Filter.1.Value.1=red")).toThrow("The filter 'colour' is invalid");
  });
});
