import { type Parsed, parseRegion } from "./request-values.js";

/** The artifact to promote, as the user names it. */
export type ArtifactName =
  /** AMI IDs by Region; the empty name stands for the requested Region. */
  | { readonly kind: "ids"; readonly ids: ReadonlyMap<string, string> }
  | { readonly kind: "parameter"; readonly name: string }
  | { readonly kind: "fingerprint"; readonly hash: string };

/** The forms of an artifact name, as a hint. */
export const ARTIFACT_FORMS =
  'Use an AMI ID, IDs by Region ("us-east-1:ami-1,eu-west-1:ami-2", or the JSON of the output "ami-ids"), a parameter ("/images/web/latest", optionally with ":label" or ":version"; "parameter:NAME" for a name without a slash), or "fingerprint:HASH".';

/** Parses the name of an artifact. */
export function parseArtifact(text: string): Parsed<ArtifactName> {
  const given = text.trim();
  const name = given.startsWith("/") ? given : /^parameter:(\S+)$/.exec(given)?.[1];
  if (name !== undefined) return { value: { kind: "parameter", name } };
  const hash = /^fingerprint:([0-9a-f]{64})$/.exec(given)?.[1];
  if (hash !== undefined) return { value: { kind: "fingerprint", hash } };
  const pairs = given.startsWith("{") ? jsonPairs(given) : given.split(",").map((pair) => pair.trim().split(":"));
  const ids = new Map<string, string>();
  if (pairs?.length === 0) {
    const hint = "The bake that set this value made no AMI. Promote only after a successful bake.";
    return { complaint: `contains no AMI ID: "${text}"`, hint };
  }
  for (const pair of pairs ?? [[]]) {
    const [region, id] = pair.length === 1 ? ["", pair[0]] : pair;
    if (region === undefined || !/^ami-[0-9a-f]{8,17}$/.test(id ?? "") || pair.length > 2 || ids.has(region)) {
      return { complaint: `is not an AMI ID, a parameter or a fingerprint: "${text}"`, hint: ARTIFACT_FORMS };
    }
    const known = region === "" ? undefined : parseRegion(region);
    if (known && "complaint" in known) return { ...known, complaint: `contains an invalid Region name: "${region}"` };
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
