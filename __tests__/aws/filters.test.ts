import { describe, expect, test } from "@jest/globals";
import { endpointOf } from "../../src/aws/client/config.js";
import { longestWait } from "../../src/aws/client/wait.js";
import { toFilters } from "../../src/aws/filters.js";
import { tagList, tagRecord, tagSpecifications } from "../../src/aws/tags.js";

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
    ['"a', /not a line of comma-separated values/],
  ])("%j is refused", (value, message) => {
    expect(() => toFilters({ name: value })).toThrow(message);
  });
});

describe("tags", () => {
  test("go out as EC2 takes them, and come back", () => {
    const tags = { Name: "x", Empty: "" };
    expect(tagRecord(tagList(tags))).toEqual(tags);
    expect(tagSpecifications({ image: tags, snapshot: {} })).toEqual([{ ResourceType: "image", Tags: tagList(tags) }]);
  });
});

describe("the longest time of a wait", () => {
  const own = 600_000;
  test.each([
    ["its own", undefined, {}, own],
    ["attempts times delay of the template", { max_attempts: 120, delay_seconds: 30 }, {}, 3_600_000],
    ["attempts alone stand for 15 s each", { max_attempts: 240, delay_seconds: undefined }, {}, 3_600_000],
    ["the environment", undefined, { AWS_MAX_ATTEMPTS: "240", AWS_POLL_DELAY_SECONDS: "5" }, 1_200_000],
    [
      "the template before the environment",
      { max_attempts: 100, delay_seconds: 10 },
      { AWS_MAX_ATTEMPTS: "999" },
      1_000_000,
    ],
    ["never less than its own", { max_attempts: 2, delay_seconds: 1 }, {}, own],
    ["not what is no number", undefined, { AWS_MAX_ATTEMPTS: "many" }, own],
  ])("%s", (_, polling, env, expected) => {
    expect(longestWait(own, polling, env)).toBe(expected);
  });
});

describe("the endpoint of a service", () => {
  test.each([
    ["none", {}, undefined],
    ["of all", { AWS_ENDPOINT_URL: "http://a" }, "http://a"],
    ["its own first", { AWS_ENDPOINT_URL: "http://a", AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://b" }, "http://b"],
    ["switched off", { AWS_ENDPOINT_URL: "http://a", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "True" }, undefined],
    ["empty", { AWS_ENDPOINT_URL: "" }, undefined],
  ])("%s", (_, env, expected) => {
    expect(endpointOf("secrets-manager", env)).toBe(expected);
  });
});
