import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type Diagnostic, hasErrors } from "../core/diagnostics.js";
import type { SourceText } from "../core/source.js";
import type { Engine, PreparedTemplate } from "./api.js";
import { filesWithBuilds, findTemplates } from "./find-templates.js";
import { type Matrix, type MatrixTemplate, matrixOf } from "./matrix-jobs.js";
import { type BakeRequest, readingRequest } from "./request.js";

/** Which templates become jobs, and how. */
export interface MatrixRequest {
  /** Folders and templates; relative ones start from `cwd`. */
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  readonly perBuild: boolean;
  readonly cwd: string;
}

/** The matrix, or the errors that keep it from being made; `secrets` are to be masked before these are told. */
export interface MatrixRead {
  readonly matrix: Matrix | undefined;
  /** What is left out, or read in another way than a folder is; one line each. */
  readonly notices: readonly string[];
  readonly errors: readonly Diagnostic[];
  readonly sources: readonly SourceText[];
  readonly secrets: readonly string[];
}

/** Finds and reads the templates. Throws the error of the file system for a path that is not there. */
export async function readMatrix(request: MatrixRequest, engine: Engine): Promise<MatrixRead> {
  const { cwd, perBuild, exclude } = request;
  const paths = [...new Set(request.paths.flatMap((path) => findTemplates(path, cwd, exclude)))];
  const found = await Promise.all(paths.map((path) => readPath(path, request, engine)));
  const templates = found.flatMap((each) => each.templates);
  const errors = templates.flatMap(({ read }) => read.diagnostics.filter((each) => hasErrors([each])));
  // Such a file or folder only shares variables or plugins with others.
  const idle = templates.filter(({ read }) => read.template?.builds.length === 0 && !hasErrors(read.diagnostics));
  const jobs = templates.filter((template) => !idle.includes(template));
  if (jobs.length === 0) errors.push(noTemplate(request.paths));
  return {
    matrix: errors.length > 0 ? undefined : matrixOf(jobs.map((each) => jobsOf(each, cwd, perBuild))),
    notices: [
      ...found.flatMap(({ notices }) => notices),
      ...idle.map(({ path }) => `${path} is left out: it has no build`),
    ],
    errors,
    sources: templates.flatMap(({ read }) => read.sources),
    secrets: templates.flatMap(({ read }) => read.secrets),
  };
}

interface ReadPath {
  readonly path: string;
  readonly read: PreparedTemplate;
}

/** A folder of HCL2 files that are no template together, but are one each, is read as these. */
async function readPath(
  path: string,
  { cwd, exclude }: MatrixRequest,
  engine: Engine,
): Promise<{ readonly templates: readonly ReadPath[]; readonly notices: readonly string[] }> {
  const read = await prepareAt(path, cwd, engine);
  const whole = { templates: [{ path, read }], notices: [] };
  if (!hasErrors(read.diagnostics) || !statSync(resolve(cwd, path)).isDirectory()) return whole;
  const files = filesWithBuilds(path, cwd, exclude);
  const alone = await Promise.all(
    files.map(async (file) => ({ path: file, read: await prepareAt(file, cwd, engine) })),
  );
  // Where one file alone builds, the mistake is that of the folder.
  if (
    filesWithBuilds(path, cwd, []).length < 2 ||
    files.length === 0 ||
    alone.some((each) => hasErrors(each.read.diagnostics))
  )
    return whole;
  return { templates: alone, notices: [`${path} is no one template: each of ${files.join(", ")} is read as one`] };
}

function prepareAt(path: string, cwd: string, engine: Engine): Promise<PreparedTemplate> {
  return engine.prepare(readingRequest(cwd, templateAt(path)), { purpose: "inspect" });
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
    summary: `there is no template in ${paths.join(", ")}`,
    hint: "Templates are JSON files with builders, and folders with *.pkr.hcl or *.pkr.json files.",
  };
}
