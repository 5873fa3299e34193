/** What is written: an archive of all files, or one file by itself; compressed or not. */
export type CompressFormat =
  | { readonly archive: "tar"; readonly gzip: boolean }
  | { readonly archive: "zip" }
  | { readonly archive: "none"; readonly gzip: true };

/** Extensions that Packer knows and nothing here writes. */
const REFUSED: ReadonlySet<string> = new Set(["lz4", "xz", "bz2", "bzip2", "bgzf"]);

/**
 * The format that a file name asks for by its last two extensions (Packer §6.3): `.tar`, `.zip`, `.gz`, `.tar.gz`; a tar
 * archive compressed by gzip where they say nothing. For the formats that are not written it answers their name.
 */
export function formatOf(name: string): CompressFormat | { readonly refused: string } {
  const extensions = [...name.matchAll(/\.([a-z0-9]+)/g)].map((match) => match[1] ?? "");
  const last = extensions.at(-1) ?? "";
  if (REFUSED.has(last)) return { refused: last };
  if (last === "zip") return { archive: "zip" };
  if (last === "tar") return { archive: "tar", gzip: false };
  if (last === "gz" && extensions.at(-2) !== "tar") return { archive: "none", gzip: true };
  return { archive: "tar", gzip: true };
}

/** How a format is called. */
export function formatName(format: CompressFormat): string {
  if (format.archive === "zip") return "zip";
  if (format.archive === "none") return "gz";
  return format.gzip ? "tar.gz" : "tar";
}

/** The name that says the format: the output's, with the `format` option at its end where there is one (Packer §6.3). */
export function withFormat(output: string, format: string | undefined): string {
  return format ? `${output}.${format.replace(/^\./, "")}` : output;
}

/** Highest level of compression. */
export const HIGHEST_LEVEL = 9;
