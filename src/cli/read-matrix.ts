import { resolve } from "node:path";
import { type Diagnostic, hasErrors } from "../core/diagnostics.js";
import { type BakeRequest, readingRequest } from "../core/request.js";
import type { SourceText } from "../core/source.js";
import type { Engine } from "./engine.js";
import { findTemplates } from "./find-templates.js";
import { type Matrix, matrixOf } from "./matrix.js";

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
  readonly errors: readonly Diagnostic[];
  readonly sources: readonly SourceText[];
  readonly secrets: readonly string[];
}

/** Finds and reads the templates. Throws the error of the file system for a path that is not there. */
export async function readMatrix(request: MatrixRequest, engine: Engine): Promise<MatrixRead> {
  const { cwd, perBuild, exclude } = request;
  const paths = [...new Set(request.paths.flatMap((path) => findTemplates(path, cwd, exclude)))];
  const read = await Promise.all(
    paths.map((path) => engine.prepare(readingRequest(cwd, templateAt(path)), { purpose: "inspect" })),
  );
  const errors = read.flatMap(({ diagnostics }) => diagnostics.filter((each) => hasErrors([each])));
  if (paths.length === 0) errors.push(noTemplate(request.paths));
  const templates = paths.map((path, index) => ({
    path,
    location: resolve(cwd, path),
    builds: perBuild ? (read[index]?.template?.builds ?? []).map(({ name }) => name) : [],
  }));
  return {
    matrix: errors.length > 0 ? undefined : matrixOf(templates),
    errors,
    sources: read.flatMap(({ sources }) => sources),
    secrets: read.flatMap(({ secrets }) => secrets),
  };
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
