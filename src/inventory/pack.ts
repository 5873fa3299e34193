import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import type { InstalledPackage, PackageFormat, PackageList } from "../core/packages.js";
import { checkOf, MOST_PACKAGES } from "./checked.js";

/** Maximum length of a standard parameter's value (PutParameter), in characters. */
const LONGEST_VALUE = 4096;

/** Maximum size of an unpacked list, in bytes: an untrusted value must not fill the memory. */
const LARGEST = 8 * 1024 * 1024;

/** `bake-ami-packages 1 IMAGE NUMBER/COUNT DATA`. */
const VALUE = /^bake-ami-packages 1 (ami-[0-9a-f]{8,17}) (\d{1,3})\/(\d{1,3}) ([A-Za-z0-9+/=]+)$/;

/**
 * Returns a list as parameter values: lines of text, compressed with Brotli, in base64, split into pieces. Each piece contains its image
 * and the number of pieces. Maintainers and security updates are not included. Deterministic.
 */
export function packList(list: PackageList, imageId: string): readonly string[] {
  const data = brotliCompressSync(textOf(list), {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    },
  }).toString("base64");
  // Space for the longest header.
  const room = LONGEST_VALUE - `bake-ami-packages 1 ${imageId} 999/999 `.length;
  const count = Math.ceil(data.length / room);
  return Array.from(
    { length: count },
    (_, i) => `bake-ami-packages 1 ${imageId} ${i + 1}/${count} ${data.slice(i * room, (i + 1) * room)}`,
  );
}

/** Returns the image and the number of values from the first value of a list; undefined if bake-ami did not write it. */
export function packedHead(value: string): { readonly imageId: string; readonly count: number } | undefined {
  const [, imageId, , count] = VALUE.exec(value) ?? [];
  return imageId === undefined ? undefined : { imageId, count: Number(count) };
}

/** Returns the list in the values, in order; undefined if they are incomplete, of different images, or not from bake-ami. */
export function unpackList(values: readonly string[]): PackageList | undefined {
  const pieces: string[] = [];
  const first = VALUE.exec(values[0] ?? "");
  for (const [index, value] of values.entries()) {
    const [, imageId, number, count, data] = VALUE.exec(value) ?? [];
    if (data === undefined || imageId !== first?.[1] || Number(number) !== index + 1) return undefined;
    if (Number(count) !== values.length) return undefined;
    pieces.push(data);
  }
  try {
    const packed = Buffer.from(pieces.join(""), "base64");
    return listOf(brotliDecompressSync(packed, { maxOutputLength: LARGEST }).toString("utf8"));
  } catch {
    return undefined;
  }
}

/** Returns a header line, then one line per package. Source fields that equal the package's are empty. */
function textOf({ format, distribution, packages }: PackageList): string {
  const head = [format, distribution.id, distribution.version, distribution.name].join("\t");
  const lines = packages.map(({ name, version, arch, source, sourceVersion }) =>
    [name, version, arch, source === name ? "" : source, sourceVersion === version ? "" : sourceVersion].join("\t"),
  );
  return [head, ...lines].join("\n");
}

function listOf(text: string): PackageList | undefined {
  const [head = "", ...lines] = text.split("\n");
  const [format, id = "", version = "", name = ""] = head.split("\t");
  if (!isFormat(format)) return undefined;
  if (lines.length > MOST_PACKAGES) return undefined;
  return {
    format,
    distribution: { id, version, name },
    packages: lines.flatMap((line) => packageOf(line, format)),
    securityUpdates: [],
  };
}

function isFormat(text: string | undefined): text is PackageFormat {
  return text === "deb" || text === "rpm" || text === "windows";
}

function packageOf(line: string, format: PackageFormat): readonly InstalledPackage[] {
  const [name = "", version = "", arch = "", source = "", sourceVersion = ""] = line.split("\t");
  return checkOf(format)({
    name,
    version,
    arch,
    source: source || name,
    sourceVersion: sourceVersion || version,
    maintainer: "",
  });
}
