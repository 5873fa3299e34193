import { readdirSync, statSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { type Diagnostic, suggest } from "../core/diagnostics.js";
import type { ImageTestSettings } from "../core/image-tests.js";
import { setting } from "../core/setting.js";
import type { Range } from "../core/source.js";
import { pathHint } from "../options/path-hint.js";
import type { CheckContext } from "../options/schema.js";
import { localPath } from "../provisioners/local-files.js";
import { isOnRunner, parseLine, scriptsIn, type TestLine } from "./lines.js";
import { GOSS_VARIABLE, INSPEC_PROGRAMS, INSTALL } from "./programs.js";

/** Largest user data that EC2 accepts, in bytes, before it is encoded (EC2 User Guide, "Run commands when you launch an instance"). */
const MOST_USER_DATA = 16_384;

const FORMS = 'A test is a script, a directory of scripts, "inspec:PROFILE" or "goss:FILE".';

/** What the checks read on the runner. */
export type Checks = Pick<CheckContext, "pathKind" | "pathFromTemplate" | "env">;

/** A selected build of the template. */
export interface CheckedBuild {
  readonly name: string;
  readonly range: Range;
  readonly makesImages: boolean;
  readonly communicator: string | undefined;
}

/** Where the tests run. */
export interface CheckSetting {
  /** Absolute: relative paths start from it. */
  readonly cwd: string;
  readonly checks: Checks;
  readonly builds: readonly CheckedBuild[];
}

/**
 * Returns the problems of the tests that are known before anything is created: errors for paths that do not exist and for tests that no
 * build can run, warnings for programs that are not installed.
 */
export function checkTests(
  { lines, userData }: ImageTestSettings,
  { cwd, checks, builds }: CheckSetting,
): readonly Diagnostic[] {
  const parsed = lines.map(parseLine);
  return [
    ...parsed.flatMap((line) => checkLine(line, cwd, checks)),
    ...checkUserData(userData),
    ...checkBuilds(parsed, builds),
    ...missingProgram(parsed, "inspec", checks),
    ...missingProgram(parsed, "goss", checks),
  ];
}

function error(code: string, summary: string, hint: string): Diagnostic {
  return { severity: "error", code, summary, hint };
}

/** Without a login no test of the user runs, so the image would pass without being tested. */
function checkBuilds(lines: readonly TestLine[], builds: readonly CheckedBuild[]): readonly Diagnostic[] {
  const tested = builds.filter(({ makesImages }) => makesImages);
  if (tested.length === 0 && builds.length > 0) {
    const summary = "The image tests have no effect: the selected builds make no AMIs";
    return [{ severity: "warning", code: "no-image-to-test", summary }];
  }
  return tested.flatMap(({ name, range, communicator }) => {
    const refused = lines.find(
      ({ kind }) => communicator === "none" || (communicator === "winrm" && kind !== "scripts"),
    );
    if (!refused) return [];
    const needs = communicator === "none" ? "needs a login" : "needs SSH";
    const summary = `Test "${refused.text}" ${needs}, and build "${name}" has the communicator "${communicator}"`;
    const hint =
      communicator === "none" ? "Set a communicator, or test only the boot." : "Use scripts to test Windows.";
    return [{ ...error("test-without-login", summary, hint), range }];
  });
}

function checkLine(line: TestLine, cwd: string, checks: Checks): readonly Diagnostic[] {
  const { kind, text, target } = line;
  if (target === "") return [error("test-incomplete", `${setting("test")} has no path: "${text}"`, FORMS)];
  if (!isOnRunner(line)) return [];
  const found = checks.pathKind(target);
  if (found === "missing") {
    return [
      error(
        "test-not-found",
        `${setting("test")} names a path that does not exist: "${text}"`,
        hintFor(line, cwd, checks),
      ),
    ];
  }
  if (kind === "goss" && found === "directory") {
    const hint = 'Set the path of one goss file, such as "goss:tests/goss.yaml".';
    return [error("test-not-a-file", `${setting("test")} must name a goss file, not a directory: "${text}"`, hint)];
  }
  if (kind === "scripts" && found === "directory" && scriptsIn(target, cwd).length === 0) {
    const hint = "Add a script to it. Hidden files, files that end in ~ and subdirectories are not run.";
    return [error("no-test-script", `${setting("test")} names a directory without scripts: "${text}"`, hint)];
  }
  return [];
}

function hintFor({ kind, target }: TestLine, cwd: string, checks: Checks): string {
  const parts = target.split(",").map((part) => part.trim());
  if (parts.length > 1 && parts.every((part) => part !== "" && checks.pathKind(part) !== "missing")) {
    return "Write each test on a line or in a flag of its own.";
  }
  const near = suggest(basename(target), namesNextTo(target, cwd));
  if (near !== undefined) {
    const prefix = kind === "scripts" ? "" : `${kind}:`;
    return `Did you mean "${prefix}${target.slice(0, target.length - basename(target).length)}${near}"?`;
  }
  return /^[a-z]+:/.test(target) ? FORMS : pathHint(target, checks);
}

/** Returns the names in the directory of a path; none if it cannot be read. */
function namesNextTo(path: string, cwd: string): readonly string[] {
  try {
    return readdirSync(dirname(localPath(path, cwd)));
  } catch {
    return [];
  }
}

function checkUserData(path: string | undefined): readonly Diagnostic[] {
  if (path === undefined) return [];
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile()) {
    const problem = stats ? "is not a file" : "names a file that does not exist";
    return [error("test-user-data", `${setting("test-user-data")} ${problem}: "${path}"`, "Check the path.")];
  }
  if (stats.size <= MOST_USER_DATA) return [];
  const summary = `${setting("test-user-data")} names a file of ${stats.size} bytes, and EC2 accepts ${MOST_USER_DATA}: "${path}"`;
  return [error("test-user-data", summary, "Shorten the user data, or let it download the rest.")];
}

/** Returns a warning for a program that a test needs: an earlier step of the same run may install it. */
function missingProgram(lines: readonly TestLine[], kind: "inspec" | "goss", checks: Checks): readonly Diagnostic[] {
  if (!lines.some((line) => line.kind === kind)) return [];
  const isFile = (path: string) => ["file", "other"].includes(checks.pathKind(path));
  const named = kind === "goss" ? checks.env(GOSS_VARIABLE) : undefined;
  const names = kind === "goss" ? ["goss"] : INSPEC_PROGRAMS;
  const places = (checks.env("PATH") ?? "").split(delimiter).filter((directory) => directory !== "");
  const found = named
    ? isFile(named)
    : places.some((directory) => names.some((program) => isFile(join(directory, program))));
  if (found) return [];
  const summary = named
    ? `${GOSS_VARIABLE} names a file that does not exist: "${named}"`
    : `"${kind}" is not installed on this host, and a test needs it`;
  return [{ severity: "warning", code: "test-program-missing", summary, hint: INSTALL[kind] }];
}
