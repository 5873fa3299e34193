/** Compression of the single file or the tar archive. */
export type Compression = "gzip" | "bgzf" | "bzip2" | "lz4" | "xz";

/** Output format: an archive of all files, or a single file; compressed or not. */
export type CompressFormat =
  | { readonly archive: "tar"; readonly compression: Compression | undefined }
  | { readonly archive: "none"; readonly compression: Compression }
  | { readonly archive: "zip" };

const COMPRESSIONS: Readonly<Record<string, Compression>> = {
  gz: "gzip",
  bgzf: "bgzf",
  bz2: "bzip2",
  bzip2: "bzip2",
  lz4: "lz4",
  xz: "xz",
};

/**
 * Returns the format of a file name by its last two extensions (Packer §6.3): `.tar`, `.zip`, a compression, or `.tar` and a
 * compression; `.tar.gz` where there is none of these.
 */
export function formatOf(name: string): CompressFormat {
  const extensions = [...name.matchAll(/\.([a-z0-9]+)/g)].map((match) => match[1] ?? "");
  const last = extensions.at(-1) ?? "";
  if (last === "zip") return { archive: "zip" };
  if (last === "tar") return { archive: "tar", compression: undefined };
  const compression = Object.hasOwn(COMPRESSIONS, last) ? COMPRESSIONS[last] : undefined;
  if (compression === undefined) return { archive: "tar", compression: "gzip" };
  return { archive: extensions.at(-2) === "tar" ? "tar" : "none", compression };
}

/** Returns the name of a format: its extension. */
export function formatName(format: CompressFormat): string {
  if (format.archive === "zip") return "zip";
  const found = Object.entries(COMPRESSIONS).find(([, compression]) => compression === format.compression);
  return [...(format.archive === "tar" ? ["tar"] : []), ...(found ? [found[0]] : [])].join(".");
}

/** Returns the name that determines the format: the output's name, followed by the option `format` where it is set (Packer §6.3). */
export function withFormat(output: string, format: string | undefined): string {
  return format ? `${output}.${format.replace(/^\./, "")}` : output;
}

/** Highest compression level. */
export const HIGHEST_LEVEL = 9;

/** A program on the runner that compresses its standard input. */
export interface Compressor {
  readonly program: string;
  readonly args: readonly string[];
  /** How to install it. */
  readonly hint: string;
}

/** Formats without a suitable library; their own programs write them. Templates cannot change their names and arguments. */
const PROGRAMS = {
  bzip2: compressor("bzip2", "bzip2", []),
  lz4: compressor("lz4", "lz4", []),
  // Use all processors; every version of xz reads the resulting blocks.
  xz: compressor("xz", "xz-utils", ["-T0"]),
};

function compressor(program: string, debianPackage: string, args: readonly string[]): Compressor {
  const hint = `Install it on this host, for example with "apt-get install ${debianPackage}", or use .tar.gz, .gz, .zip or .tar.`;
  return { program, args: [...args, "-c"], hint };
}

/** Returns the program for a format, with the level where one is set; undefined where it needs none. */
export function programOf(format: CompressFormat, level?: number): Compressor | undefined {
  if (format.archive === "zip") return undefined;
  const { compression } = format;
  if (compression !== "bzip2" && compression !== "lz4" && compression !== "xz") return undefined;
  const compressor = PROGRAMS[compression];
  return level === undefined ? compressor : { ...compressor, args: [...compressor.args, `-${level}`] };
}
