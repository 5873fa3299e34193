import { plainLine } from "../../core/plain.js";

/** Longest claim that is printed. GitHub's subjects have fewer than 200 characters. */
const LONGEST = 300;

/**
 * Returns what a trust policy compares of an OpenID Connect token: its subject and audience, as a sentence without a period. Undefined if
 * the token is not a JSON Web Token (RFC 7519) with a subject. The rest of the token is a secret.
 */
export function describeClaims(token: string): string | undefined {
  const claims = claimsOf(token);
  const [sub, aud] = [claimText(claims.sub), claimText(claims.aud)];
  if (sub === undefined) return undefined;
  return `The token of this job has :sub "${sub}"${aud === undefined ? "" : ` and :aud "${aud}"`}`;
}

function claimsOf(token: string): { readonly sub?: unknown; readonly aud?: unknown } {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    return typeof claims === "object" && claims !== null ? claims : {};
  } catch {
    return {};
  }
}

function claimText(claim: unknown): string | undefined {
  const text = Array.isArray(claim) ? claim.join(", ") : claim;
  return typeof text === "string" && text !== "" ? plainLine(text.slice(0, LONGEST)) : undefined;
}
