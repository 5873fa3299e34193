import { code, table } from "./escape.js";

/** The summary of a matrix: its jobs, each with its template and, where there is a job for each build, the build. */
export function matrixSummary(
  jobs: readonly { readonly name: string; readonly template: string; readonly only: string }[],
): string {
  const rows = jobs.map(({ name, template, only }) => [code(name), code(template), only === "" ? "all" : code(only)]);
  return ["## Matrix", "", table(["Job", "Template", "Builds"], rows)].join("\n");
}
