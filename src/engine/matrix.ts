import { resolve } from "node:path";
import { type Diagnostic, hasErrors } from "../core/diagnostics.js";
import type { FileGroup } from "../template/hcl/file-groups.js";
import type { Engine, Matrix, MatrixOutcome, MatrixRun, PreparedTemplate } from "./api.js";
import { findTemplates, hclFilesIn, isExcludedBy } from "./find-templates.js";
import { defaultImageName } from "./image-name.js";
import { type BakeRequest, readingRequest } from "./request.js";
import { sharedName } from "./same-name.js";
import { placeTemplate } from "./template-place.js";

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
  const named = jobs.map((each) => matrixTemplate(each, run));
  errors.push(...sharedNames(named));
  return {
    matrix: errors.length > 0 ? undefined : matrixOf(named, perBuild),
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
  /** The builds of the job; undefined for all of the template. */
  readonly builds: readonly string[] | undefined;
}

interface FoundTemplates {
  readonly templates: readonly ReadPath[];
  readonly notices: readonly string[];
}

/**
 * Reads a template. Of a directory, each HCL2 file that has builds and that no other file belongs to is a template of its own. The other
 * files are one template: the directory, with the builds of these files.
 */
async function readPath(path: string, run: MatrixRun, engine: Reader): Promise<FoundTemplates> {
  const { alone, together } = await independentFiles(path, run);
  if (alone.length === 0) return { templates: [await wholeTemplate(path, run, engine)], notices: [] };
  const files = await Promise.all(alone.map((file) => wholeTemplate(file, run, engine)));
  if (together.length === 0) return { templates: files, notices: noticeOf(path, alone, false) };
  const directory = await prepareAt(path, run, engine);
  const inDirectory = new Set(together.map((file) => resolve(run.cwd, file)));
  const builds = (directory.template?.builds ?? [])
    .filter(({ builder }) => inDirectory.has(resolve(run.cwd, builder.range.file)))
    .map(({ name }) => name);
  return {
    templates: [{ path, read: directory, builds }, ...files],
    notices: noticeOf(path, alone, true),
  };
}

async function wholeTemplate(path: string, run: MatrixRun, engine: Reader): Promise<ReadPath> {
  return { path, read: await prepareAt(path, run, engine), builds: undefined };
}

function noticeOf(path: string, alone: readonly string[], hasOthers: boolean): readonly string[] {
  if (alone.length < 2 && !hasOthers) return [];
  const others = hasOthers ? ". The other files are one template" : "";
  return [`Read as separate templates, because no other file in ${path} belongs to them: ${alone.join(", ")}${others}`];
}

/** The files of a directory that are templates of their own, and those that are templates together. */
async function independentFiles(
  path: string,
  { cwd, exclude }: MatrixRun,
): Promise<{ readonly alone: readonly string[]; readonly together: readonly string[] }> {
  const none = { alone: [], together: [] };
  const files = hclFilesIn(path, cwd);
  if (files === undefined) return none;
  const { groupFiles } = await import("../template/hcl/file-groups.js");
  const isExcluded = isExcludedBy(exclude);
  const groups = groupFiles(files.config, files.automatic) ?? [];
  const baked = groups.filter(({ withBuilds }) => withBuilds.some((file) => !isExcluded(file)));
  const isAlone = (group: FileGroup) => group.files.length === 1 && !group.hasAutomaticValues;
  return {
    alone: baked.filter(isAlone).flatMap((group) => group.files),
    together: baked.filter((group) => !isAlone(group)).flatMap((group) => group.files),
  };
}

function prepareAt(path: string, { cwd, mask }: MatrixRun, engine: Reader): Promise<PreparedTemplate> {
  return engine.prepare(readingRequest(cwd, templateAt(path)), { purpose: "inspect", mask });
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

/** A template of the matrix. `only` is empty if its job bakes all builds. */
interface MatrixTemplate {
  readonly path: string;
  readonly image: string;
  readonly builds: readonly string[];
  readonly only: readonly string[];
}

/** The name is the one that a bake of the template has by default. */
function matrixTemplate({ path, read, builds }: ReadPath, { cwd, job }: MatrixRun): MatrixTemplate {
  const place = placeTemplate(path, { workingDirectory: cwd, workspace: job?.workspace, repository: job?.repository });
  return {
    path,
    image: defaultImageName(place),
    builds: builds ?? (read.template?.builds ?? []).map(({ name }) => name),
    only: builds ?? [],
  };
}

/** Returns an error for each image name that several templates have: their jobs would write one parameter. */
function sharedNames(templates: readonly MatrixTemplate[]): readonly Diagnostic[] {
  const names = [...new Set(templates.map(({ image }) => image))];
  return names.flatMap((name) => {
    const paths = templates.filter(({ image }) => image === name).map(({ path }) => path);
    const hint = 'Rename a file or directory, or leave out a template with "exclude" and bake it in a job of its own.';
    return paths.length > 1 ? [sharedName(name, paths, { code: "job-name-shared", hint })] : [];
  });
}

/** Returns one job per template, or one per build. */
function matrixOf(templates: readonly MatrixTemplate[], perBuild: boolean): Matrix {
  const jobs = templates.flatMap(({ path, image, builds, only }) => {
    const job = (name: string, selected: string) => ({ name, template: path, image, only: selected });
    return perBuild && builds.length > 0
      ? builds.map((build) => job(`${image} (${build})`, build))
      : [job(image, only.join(","))];
  });
  return { include: jobs };
}
