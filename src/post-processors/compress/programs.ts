import type { CompressFormat } from "./format.js";

/** A program of this machine that compresses what comes in by standard input, and how it is had where it is missing. */
export interface Compressor {
  readonly program: string;
  /** Arguments before the level. */
  readonly args: readonly string[];
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

/** The program that a format needs; undefined where none. */
export function programOf(format: CompressFormat): Compressor | undefined {
  if (format.archive === "zip") return undefined;
  const { compression } = format;
  return compression === "bzip2" || compression === "lz4" || compression === "xz" ? PROGRAMS[compression] : undefined;
}
