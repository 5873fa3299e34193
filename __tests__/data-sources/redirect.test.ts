import { describe, expect, test } from "@jest/globals";
import type { WebRequest } from "../../src/aws/client/proxy.js";
import { redirected } from "../../src/data-sources/redirect.js";

const request: WebRequest = {
  method: "GET",
  headers: { Authorization: "Bearer secret", Cookie: "a=b", "X-Kind": "test" },
  signal: new AbortController().signal,
  redirect: "manual",
};

const from = (url: string, more: Partial<WebRequest> = {}) => ({ url: new URL(url), request: { ...request, ...more } });

describe("the request after a redirect", () => {
  test.each([
    ["https://a.example/x", "/y", "https://a.example/y"],
    ["https://a.example/x/z", "y?q=1", "https://a.example/x/y?q=1"],
    ["https://a.example/x", "https://b.example/", "https://b.example/"],
    ["http://a.example/x", "https://a.example/x", "https://a.example/x"],
  ])("from %s to %s goes to %s", (url, location, target) => {
    expect(redirected(from(url), location, 302).url.href).toBe(target);
  });

  test.each([
    ["https://a.example/", "http://a.example/", "the server redirects from https to http, which is not followed"],
    ["http://a.example/", "file:///etc/passwd", "the server redirects from http to file, which is not followed"],
    ["https://a.example/", "data:text/plain,x", "the server redirects from https to data, which is not followed"],
    ["http://a.example/", "ftp://a.example/", "the server redirects from http to ftp, which is not followed"],
  ])("from %s to %s is refused", (url, location, message) => {
    expect(() => redirected(from(url), location, 302)).toThrow(message);
  });

  test("keeps all headers on the same host, and not the credentials for another one", () => {
    expect(redirected(from("https://a.example/"), "/y", 302).request.headers).toEqual(request.headers);
    expect(redirected(from("https://a.example/"), "https://b.example/", 302).request.headers).toEqual({
      "X-Kind": "test",
    });
    expect(redirected(from("https://a.example/"), "https://a.example:8443/", 302).request.headers).toEqual({
      "X-Kind": "test",
    });
  });

  test.each([
    ["POST", 301, "GET", undefined],
    ["POST", 302, "GET", undefined],
    ["PUT", 303, "GET", undefined],
    ["HEAD", 302, "HEAD", "text"],
    ["POST", 307, "POST", "text"],
    ["PUT", 308, "PUT", "text"],
  ])("of %s with status %i is %s, as in Go", (method, status, then, body) => {
    const next = redirected(from("https://a.example/", { method, body: "text" }), "/y", status);
    expect([next.request.method, next.request.body]).toEqual([then, body]);
  });
});
