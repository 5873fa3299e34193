import { resolve } from "node:path";
import { type BuildTests, junitXml } from "../image-tests/junit.js";
import { writeReport } from "./files.js";

/**
 * Writes the results of image tests as JUnit XML; `path` is relative to `cwd`. Returns its absolute path. Writes nothing and returns undefined
 * if no test ran, also for an image that an earlier run tested. `tests` must be redacted. Throws a `BakeError` when the file cannot be written.
 */
export function writeTestResults(tests: readonly BuildTests[], path: string, cwd: string): string | undefined {
  if (tests.every(({ report }) => report.instances.length === 0)) return undefined;
  writeReport(path, cwd, junitXml(tests));
  return resolve(cwd, path);
}
