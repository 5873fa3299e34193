import { expect, test } from "@jest/globals";
import { readPages } from "../../../src/aws/client/pages.js";

interface Response {
  readonly NextToken?: string | undefined;
  readonly Marker?: string | undefined;
  readonly Items?: readonly number[] | undefined;
}

test.each<[string, readonly Response[], readonly number[], readonly (string | undefined)[]]>([
  ["one page", [{ Items: [1, 2] }], [1, 2], [undefined]],
  ["two pages by token", [{ Items: [1], NextToken: "a" }, { Items: [2] }], [1, 2], [undefined, "a"]],
  ["two pages by marker", [{ Items: [1], Marker: "m" }, { Items: [2] }], [1, 2], [undefined, "m"]],
  [
    "an empty page between",
    [{ NextToken: "a" }, { Items: [], NextToken: "b" }, { Items: [3] }],
    [3],
    [undefined, "a", "b"],
  ],
  ["an empty token at the end", [{ Items: [1], NextToken: "" }], [1], [undefined]],
])("%s", async (_, responses, items, tokens) => {
  const asked: (string | undefined)[] = [];
  const fetchPage = async (token: string | undefined): Promise<Response> => {
    asked.push(token);
    return responses[asked.length - 1] ?? {};
  };
  expect(await readPages(fetchPage, ({ Items }) => Items)).toEqual(items);
  expect(asked).toEqual(tokens);
});

test("a page that fails fails the whole call", async () => {
  await expect(
    readPages(
      () => Promise.reject(new Error("no")),
      () => [],
    ),
  ).rejects.toThrow("no");
});
