/** A version that a pointer named before it was moved; `at` in milliseconds since the epoch. */
export interface EarlierVersion {
  readonly version: number;
  readonly written?: { readonly at: number; readonly by: string; readonly what: string } | undefined;
}

/** The caller of an ARN without account and kind: `night/jane` of `arn:aws:sts::…:assumed-role/night/jane`; other text as it is. */
export function shortCaller(arn: string): string {
  return arn.replace(/^arn:[^/]*\//, "");
}

/** Which version it was, and who wrote it when: `version 2 of 2026-11-20 22:13 UTC, promote by run 76 of acme/images (night/jane)`. */
export function earlierText({ version, written }: EarlierVersion): string {
  if (written === undefined) return `version ${version}`;
  const at = new Date(written.at).toISOString().slice(0, 16).replace("T", " ");
  const by = written.by === "" ? "" : ` (${shortCaller(written.by)})`;
  return `version ${version} of ${at} UTC${written.what === "" ? "" : `, ${written.what}`}${by}`;
}

/** What became of a pointer, in words: `ami-1 → ami-2 (version 3)`, and which version named the one before. */
export function moveText(row: {
  readonly imageId: string;
  readonly previous: string | undefined;
  readonly before?: EarlierVersion | undefined;
  readonly version: number;
  readonly moved: boolean;
}): string {
  const { imageId, previous, before, version } = row;
  if (!row.moved) return `names ${imageId} already (version ${version})`;
  const was = before ? `; before, ${earlierText(before)}` : "";
  return `${previous ?? "nothing"} → ${imageId} (version ${version}${was})`;
}
