import { type Parsed, parseRegion } from "./request-values.js";

/** What is to be promoted, as the user names it. */
export type ArtifactName =
  /** By region; the empty region is the one asked. */
  | { readonly kind: "ids"; readonly ids: ReadonlyMap<string, string> }
  | { readonly kind: "parameter"; readonly name: string }
  | { readonly kind: "fingerprint"; readonly hash: string };

/** How an artifact may be named, for hints. */
export const ARTIFACT_FORMS =
  "Write an AMI id, ids by region (us-east-1:ami-1,eu-west-1:ami-2 or the JSON of the output ami-ids), a parameter (/images/web/latest, with :label or :version if wanted; parameter:NAME for one without a slash), or fingerprint:HASH.";

/** Reads what names an artifact. */
export function parseArtifact(text: string): Parsed<ArtifactName> {
  const given = text.trim();
  const name = given.startsWith("/") ? given : /^parameter:(\S+)$/.exec(given)?.[1];
  if (name !== undefined) return { value: { kind: "parameter", name } };
  const hash = /^fingerprint:([0-9a-f]{64})$/.exec(given)?.[1];
  if (hash !== undefined) return { value: { kind: "fingerprint", hash } };
  const pairs = given.startsWith("{") ? jsonPairs(given) : given.split(",").map((pair) => pair.trim().split(":"));
  const ids = new Map<string, string>();
  for (const pair of pairs ?? [[]]) {
    const [region, id] = pair.length === 1 ? ["", pair[0]] : pair;
    if (region === undefined || !/^ami-[0-9a-f]{8,17}$/.test(id ?? "") || pair.length > 2 || ids.has(region)) {
      return { complaint: `names no artifact: "${text}"`, hint: ARTIFACT_FORMS };
    }
    const known = region === "" ? undefined : parseRegion(region);
    if (known && "complaint" in known) return { ...known, complaint: `names a region that ${known.complaint}` };
    ids.set(region, id ?? "");
  }
  return { value: { kind: "ids", ids } };
}

function jsonPairs(text: string): readonly (readonly string[])[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? Object.entries(value).map(([region, id]) => [region, String(id)])
      : undefined;
  } catch {
    return undefined;
  }
}
