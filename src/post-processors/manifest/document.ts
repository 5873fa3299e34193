/** One build in a manifest (Packer §6.1). */
export interface ManifestBuild {
  readonly name: string;
  readonly builder_type: string;
  /** Unix seconds; absent when stripped. */
  readonly build_time?: number | undefined;
  readonly files: readonly { readonly name: string; readonly size: number }[] | null;
  readonly artifact_id: string;
  readonly packer_run_uuid: string;
  readonly custom_data: Readonly<Record<string, string>> | null;
}

export interface Manifest {
  readonly builds: readonly ManifestBuild[];
  readonly last_run_uuid: string;
}

/**
 * Returns the manifest with a build added. With `dropOthers` (`-force`) builds of other runs are removed.
 * Throws a SyntaxError or TypeError when `earlier` is not a manifest.
 */
export function withBuild(earlier: string | undefined, build: ManifestBuild, dropOthers: boolean): Manifest {
  const before = earlier === undefined || earlier.trim() === "" ? [] : readBuilds(earlier);
  const kept = dropOthers ? before.filter((other) => other.packer_run_uuid === build.packer_run_uuid) : before;
  return { builds: [...kept, build], last_run_uuid: build.packer_run_uuid };
}

function readBuilds(text: string): readonly ManifestBuild[] {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== "object" || parsed === null || !("builds" in parsed)) throw new TypeError('it has no "builds"');
  if (parsed.builds === null) return [];
  if (!Array.isArray(parsed.builds)) throw new TypeError('"builds" is not a list');
  return parsed.builds as readonly ManifestBuild[];
}

/** Formats a manifest as Go's JSON encoder does: two spaces, `<>&` and the line separators escaped, no final newline. */
export function formatManifest(manifest: Manifest): string {
  return JSON.stringify(manifest, null, 2).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
