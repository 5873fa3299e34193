import { posix } from "node:path";
import type { Diagnostic } from "../../core/diagnostics.js";
import { describeFileError } from "../../core/file-error.js";
import type { SourceText } from "../../core/source.js";
import { resolvePath, toSlash } from "../files.js";
import { utf8 } from "../functions/encoding.js";
import type { Lookups } from "../lookups.js";
import { compareText } from "../values/types.js";
import type { TemplateReading } from "./reading.js";
import type { Body } from "./syntax/body.js";
import { parseJsonConfig } from "./syntax/json/bodies.js";
import { parseConfig } from "./syntax/parse.js";

/** A file that was read and parsed. */
export interface ParsedFile {
  readonly source: SourceText;
  readonly body: Body;
}

interface TemplateFiles {
  /** Paths of the config files: all in a directory, or the one file. */
  readonly config: readonly string[];
  /** `*.auto.pkrvars.hcl`, then `*.auto.pkrvars.json`. */
  readonly variables: readonly string[];
  /** The directory of the template, as the user wrote it. It is `.` for a file in the working directory. */
  readonly directory: string;
}

/** Returns the files of a template path (Packer §2.1). */
export function findTemplateFiles(given: string, lookups: Lookups): TemplateFiles {
  const path = toSlash(lookups.cwd, given);
  if (lookups.pathKind(resolvePath(lookups.cwd, path)) !== "directory") {
    const auto = /\.auto\.pkrvars\.(?:hcl|json)$/.test(path);
    return { config: [path], variables: auto ? [path] : [], directory: posix.dirname(path) };
  }
  const entries = lookups.readDirectory(resolvePath(lookups.cwd, path));
  const names = entries.filter(({ kind }) => kind !== "directory").map(({ name }) => name);
  const ending = (...endings: string[]) =>
    endings.flatMap((end) =>
      names
        .filter((name) => name.endsWith(end))
        .sort(compareText)
        .map((name) => posix.join(path, name)),
    );
  return {
    config: ending(".pkr.hcl", ".pkr.json"),
    variables: ending(".auto.pkrvars.hcl", ".auto.pkrvars.json"),
    directory: path,
  };
}

/** Reads and parses a file, as JSON when its name ends with `.json`. Returns undefined when it cannot be read, after an error. */
export function readConfigFile(
  path: string,
  { lookups, diagnostics, sources }: TemplateReading,
): ParsedFile | undefined {
  const text = readText(path, lookups, diagnostics);
  if (text === undefined) return undefined;
  const source = { file: path, text };
  sources.push(source);
  const parsed = path.endsWith(".json") ? parseJsonConfig(source) : parseConfig(source);
  diagnostics.push(...parsed.diagnostics);
  return { source, body: parsed.body };
}

function readText(path: string, lookups: Lookups, diagnostics: Diagnostic[]): string | undefined {
  const failed = (summary: string, hint: string) => {
    diagnostics.push({ severity: "error", code: "unreadable-file", summary, hint });
    return undefined;
  };
  try {
    const text = utf8(lookups.readFile(resolvePath(lookups.cwd, path)));
    return text === undefined ? failed(`"${path}" is not UTF-8 encoded`, "Save the file as UTF-8.") : text;
  } catch (error) {
    const hint = `Check the path. Relative paths start from "${lookups.cwd}".`;
    return failed(`Could not read "${path}": ${describeFileError(error)}`, hint);
  }
}
