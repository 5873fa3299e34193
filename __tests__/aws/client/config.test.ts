import { describe, expect, test } from "@jest/globals";
import { endpointOf } from "../../../src/aws/client/config.js";

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
