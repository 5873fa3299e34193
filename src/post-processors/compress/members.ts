import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Artifact } from "../../core/artifact.js";
import { BakeError } from "../../core/errors.js";
import type { PartContext } from "../../core/parts.js";
import { archivedName } from "../local-files.js";
import { type CompressFormat, formatName } from "./format.js";
import { type ArchiveMember, ZIP_LIMIT } from "./zip.js";

/** Returns the artifact's files as members of the output. Throws a `BakeError` when the format cannot contain them. */
export async function membersOf(
  artifact: Artifact,
  format: CompressFormat,
  context: PartContext,
): Promise<readonly ArchiveMember[]> {
  const files = artifact.kind === "files" ? artifact.files : [];
  if (files.length === 0) {
    throw refusal(
      "Nothing to compress: the artifact has no files",
      "Use compress after the file builder, a docker export or artifice. An AMI has no files.",
      context,
    );
  }
  if (format.archive === "none" && files.length > 1) {
    const name = formatName(format);
    throw refusal(
      `Format "${name}" contains a single file, but the artifact has ${files.length}`,
      `Change "output" to end in ".tar.${name}" or ".zip".`,
      context,
    );
  }
  const members = await Promise.all(files.map((path) => memberOf(path, format, context.surroundings.cwd)));
  const large = members.find(({ size }) => format.archive === "zip" && size > ZIP_LIMIT);
  if (large) throw refusal(`"${large.path}" is too large for a zip file`, "Use .tar.gz.", context);
  return members;
}

async function memberOf(path: string, format: CompressFormat, cwd: string): Promise<ArchiveMember> {
  const { size, mode } = await stat(path);
  const name = format.archive === "zip" ? archivedName(cwd, path) : basename(path);
  return { path, name, size, mode: mode & 0o777 };
}

function refusal(message: string, hint: string, { range }: PartContext): BakeError {
  return new BakeError(message, { code: "compress-refused", hint, range });
}
