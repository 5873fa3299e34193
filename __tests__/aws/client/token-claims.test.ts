import { expect, test } from "@jest/globals";
import { describeClaims } from "../../../src/aws/client/token-claims.js";

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const token = (claims: unknown) => `${part({ alg: "RS256" })}.${part(claims)}.c2lnbmF0dXJl`;

test.each([
  [
    "of a branch",
    token({ sub: "repo:acme/images:ref:refs/heads/main", aud: "sts.amazonaws.com", jti: "secret" }),
    'The token of this job has :sub "repo:acme/images:ref:refs/heads/main" and :aud "sts.amazonaws.com"',
  ],
  ["without an audience", token({ sub: "repo:a/b" }), 'The token of this job has :sub "repo:a/b"'],
  [
    "with several audiences",
    token({ sub: "s", aud: ["a", "b"] }),
    'The token of this job has :sub "s" and :aud "a, b"',
  ],
  [
    "with terminal sequences and lines",
    token({ sub: "a\u001b[31mb\n::error::c" }),
    'The token of this job has :sub "ab ::error::c"',
  ],
  ["with a long subject", token({ sub: "x".repeat(1e6) }), `The token of this job has :sub "${"x".repeat(300)}"`],
  ["without a subject", token({ aud: "a" }), undefined],
  ["with a subject that is not text", token({ sub: { a: 1 } }), undefined],
  ["with claims that are not an object", token(null), undefined],
  ["that is not JSON", "a.b.c", undefined],
  ["that is not a JSON Web Token", "opaque", undefined],
])("a token %s", (_, text, expected) => {
  expect(describeClaims(text)).toBe(expected);
});
