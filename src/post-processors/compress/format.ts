/** How the one file or the tar archive is compressed. */
export type Compression = "gzip" | "bgzf" | "bzip2" | "lz4" | "xz";

/** What is written: an archive of all files, or one file by itself; compressed or not. */
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
 * The format that a file name asks for by its last two extensions (Packer §6.3): `.tar`, `.zip`, a compression's own, or `.tar` and
 * that; a tar archive compressed by gzip where they say nothing.
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

/** How a format is called: the extension that says it. */
export function formatName(format: CompressFormat): string {
  if (format.archive === "zip") return "zip";
  const found = Object.entries(COMPRESSIONS).find(([, compression]) => compression === format.compression);
  return [...(format.archive === "tar" ? ["tar"] : []), ...(found ? [found[0]] : [])].join(".");
}

/** The name that says the format: the output's, with the `format` option at its end where there is one (Packer §6.3). */
export function withFormat(output: string, format: string | undefined): string {
  return format ? `${output}.${format.replace(/^\./, "")}` : output;
}

/** Highest level of compression. */
export const HIGHEST_LEVEL = 9;

/** A program of the runner that compresses its standard input. */
export interface Compressor {
  readonly program: string;
  readonly args: readonly string[];
  /** How to install it. */
  readonly hint: string;
}

/** The formats that no library writes well; their own programs do, with names and arguments that no template can change. */
const PROGRAMS = {
  bzip2: compressor("bzip2", "bzip2", []),
  lz4: compressor("lz4", "lz4", []),
  // All processors; the blocks that this makes are read by every xz.
  xz: compressor("xz", "xz-utils", ["-T0"]),
};

function compressor(program: string, debianPackage: string, args: readonly string[]): Compressor {
  const hint = `Install it where the bake runs, for example with "apt-get install ${debianPackage}", or use .tar.gz, .gz, .zip or .tar.`;
  return { program, args: [...args, "-c"], hint };
}

/** The program that a format needs, with the level where one is given; undefined where it needs none. */
export function programOf(format: CompressFormat, level?: number): Compressor | undefined {
  if (format.archive === "zip") return undefined;
  const { compression } = format;
  if (compression !== "bzip2" && compression !== "lz4" && compression !== "xz") return undefined;
  const compressor = PROGRAMS[compression];
  return level === undefined ? compressor : { ...compressor, args: [...compressor.args, `-${level}`] };
}
