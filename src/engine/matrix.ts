import { statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { type Diagnostic, hasErrors } from "../core/diagnostics.js";
import { imageNameOf } from "../publish/parameter-name.js";
import type { Engine, Matrix, MatrixOutcome, MatrixRun, PreparedTemplate } from "./api.js";
import { filesWithBuilds, findTemplates } from "./find-templates.js";
import { type BakeRequest, readingRequest } from "./request.js";

/** The part of the engine that reads templates. */
type Reader = Pick<Engine, "prepare">;

/** Finds and reads the templates. Throws a `BakeError` when a path does not exist. */
export async function readMatrix(run: MatrixRun, engine: Reader): Promise<MatrixOutcome> {
  const { cwd, perBuild, exclude } = run;
  const paths = [...new Set(run.paths.flatMap((path) => findTemplates(path, cwd, exclude)))];
  const found = await Promise.all(paths.map((path) => readPath(path, run, engine)));
  const templates = found.flatMap((each) => each.templates);
  const errors = templates.flatMap(({ read }) => read.diagnostics.filter((each) => hasErrors([each])));
  // Such a file or directory only has variables or plugins for other templates.
  const skipped = templates.filter(({ read }) => read.template?.builds.length === 0 && !hasErrors(read.diagnostics));
  const jobs = templates.filter((template) => !skipped.includes(template));
  if (jobs.length === 0) errors.push(noTemplate(run.paths));
  return {
    matrix: errors.length > 0 ? undefined : matrixOf(jobs.map((each) => jobsOf(each, cwd, perBuild))),
    notices: [
      ...found.flatMap(({ notices }) => notices),
      ...skipped.map(({ path }) => `Skipped ${path}: it has no builds`),
    ],
    errors,
    sources: templates.flatMap(({ read }) => read.sources),
  };
}

interface ReadPath {
  readonly path: string;
  readonly read: PreparedTemplate;
}

/** Reads a template. If the HCL2 files of a directory are only valid one by one, each file is read as a template. */
async function readPath(
  path: string,
  run: MatrixRun,
  engine: Reader,
): Promise<{ readonly templates: readonly ReadPath[]; readonly notices: readonly string[] }> {
  const { cwd, exclude } = run;
  const read = await prepareAt(path, run, engine);
  const whole = { templates: [{ path, read }], notices: [] };
  if (!hasErrors(read.diagnostics) || !statSync(resolve(cwd, path)).isDirectory()) return whole;
  const files = filesWithBuilds(path, cwd, exclude);
  const alone = await Promise.all(
    files.map(async (file) => ({ path: file, read: await prepareAt(file, run, engine) })),
  );
  // If only one file has a build block, the errors are those of the directory.
  if (
    filesWithBuilds(path, cwd, []).length < 2 ||
    files.length === 0 ||
    alone.some((each) => hasErrors(each.read.diagnostics))
  )
    return whole;
  return {
    templates: alone,
    notices: [`The files of ${path} are not valid as one template. Each is read as a template: ${files.join(", ")}`],
  };
}

function prepareAt(path: string, { cwd, mask }: MatrixRun, engine: Reader): Promise<PreparedTemplate> {
  return engine.prepare(readingRequest(cwd, templateAt(path)), { purpose: "inspect", mask });
}

function jobsOf({ path, read }: ReadPath, cwd: string, perBuild: boolean): MatrixTemplate {
  const builds = perBuild ? (read.template?.builds ?? []).map(({ name }) => name) : [];
  return { path, location: resolve(cwd, path), builds };
}

function templateAt(path: string): BakeRequest["template"] {
  return { path, variables: [], variableFiles: [], only: [], except: [] };
}

function noTemplate(paths: readonly string[]): Diagnostic {
  return {
    severity: "error",
    code: "no-template",
    summary: `No template found in ${paths.map((path) => `"${path}"`).join(", ")}`,
    hint: "A template is a JSON file with builders, or a directory with *.pkr.hcl or *.pkr.json files.",
  };
}

/** A template and the builds that have one job each; none means one job for all builds. */
export interface MatrixTemplate {
  readonly path: string;
  /** Absolute. */
  readonly location: string;
  readonly builds: readonly string[];
}

/**
 * Returns one job per template, or one per build. Templates with the same name would write the same parameter, so the names of their
 * images include the names of their directories.
 */
export function matrixOf(templates: readonly MatrixTemplate[]): Matrix {
  const names = uniqueNames(templates.map(({ location }) => location));
  const jobs = templates.flatMap(({ path, builds }, index) => {
    const image = names[index] ?? path;
    const job = (name: string, only: string) => ({ name, template: path, image, only });
    return builds.length === 0 ? [job(image, "")] : builds.map((build) => job(`${image} (${build})`, build));
  });
  return { include: jobs };
}

/** Returns the shortest unique name of each path: its last parts, joined by hyphens. */
function uniqueNames(locations: readonly string[]): readonly string[] {
  const nameOf = (path: string, parts: number): string => {
    const own = imageNameOf(path);
    const above = dirname(path);
    return parts <= 1 || basename(above) === "" ? own : `${nameOf(above, parts - 1)}-${own}`;
  };
  return locations.map((location) => {
    const others = locations.filter((other) => other !== location);
    for (let parts = 1; parts <= location.split(/[/\\]/).length; parts++) {
      const name = nameOf(location, parts);
      if (others.every((other) => nameOf(other, parts) !== name)) return name;
    }
    return nameOf(location, 1);
  });
}
