import type { Diagnostic } from "../../core/diagnostics.js";
import type { Range } from "../../core/source.js";
import type { FunctionDefinition } from "../functions/definition.js";
import { readTextFile } from "../functions/filesystem.js";
import { defaultFunctions, templateFunctions } from "../functions/functions.js";
import type { LookupRequest, Lookups } from "../lookups.js";
import type { TemplateInputs } from "../template.js";
import { secretsOf, type Value } from "../values/value.js";
import type { Scope } from "./evaluate/scope.js";

/** One reading of a template: what it is read from, and what is told on the way. */
export interface Session {
  readonly inputs: TemplateInputs;
  /** Requests that are pending are noted. */
  readonly lookups: Lookups;
  /** The template's folder as the user gave it: `path.root`. */
  readonly folder: string;
  /** The same, absolute. */
  readonly root: string;
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
  /** For the defaults of variables. */
  readonly defaultFunctions: ReadonlyMap<string, FunctionDefinition>;
  readonly diagnostics: Diagnostic[];
  readonly secrets: Set<string>;
  readonly pending: LookupRequest[];
}

export function openSession(inputs: TemplateInputs, given: Lookups, folder: string, root: string): Session {
  const pending: LookupRequest[] = [];
  const lookups = notingPending(given, pending);
  const context = { lookups, root };
  return {
    inputs,
    lookups,
    folder,
    root,
    functions: templateFunctions(context),
    defaultFunctions: defaultFunctions(context),
    diagnostics: [],
    secrets: new Set(),
    pending,
  };
}

function notingPending(given: Lookups, pending: LookupRequest[]): Lookups {
  return {
    env: (name) => given.env(name),
    envNames: () => given.envNames(),
    readFile: (path) => given.readFile(path),
    pathKind: (path) => given.pathKind(path),
    readFolder: (path) => given.readFolder(path),
    cwd: given.cwd,
    home: given.home,
    startedAt: given.startedAt,
    now: () => given.now(),
    uuid: () => given.uuid(),
    randomBytes: (length) => given.randomBytes(length),
    ask: (request) => {
      const answer = given.ask(request);
      const text = JSON.stringify(request);
      if (answer.state === "pending" && !pending.some((other) => JSON.stringify(other) === text)) pending.push(request);
      return answer;
    },
  };
}

/** Tells an error about the template. */
export function tell(
  session: Session,
  code: string,
  summary: string,
  more: { readonly range?: Range; readonly detail?: string; readonly hint?: string | undefined } = {},
): void {
  const { hint, ...rest } = more;
  session.diagnostics.push({ severity: "error", code, summary, ...rest, ...(hint === undefined ? {} : { hint }) });
}

/** Notes that a value's secrets must be masked. */
export function noteSecrets(session: Session, value: Value): void {
  for (const secret of secretsOf(value)) session.secrets.add(secret);
}

/** A scope with all functions; complaints go to `diagnostics`. */
export function fullScope(
  session: Session,
  variables: ReadonlyMap<string, Value>,
  diagnostics: Diagnostic[] = session.diagnostics,
): Scope {
  return {
    variables,
    parent: undefined,
    functions: session.functions,
    specialCalls: true,
    templateFile: (path) => {
      const text = readTextFile({ lookups: session.lookups, root: session.root }, path);
      return { file: path, text };
    },
    absent: NOT_HERE,
    diagnostics,
  };
}

/** A scope without names; with the functions given, or none. */
export function constantScope(session: Session, functions?: ReadonlyMap<string, FunctionDefinition>): Scope {
  return {
    variables: new Map(),
    parent: undefined,
    functions,
    specialCalls: false,
    templateFile: undefined,
    absent: CONSTANTS_ONLY,
    diagnostics: session.diagnostics,
  };
}

const NOT_HERE: ReadonlyMap<string, string> = new Map([
  ["build", "build.X is known in provisioners and post-processors only."],
  ["source", "source.type and source.name are known in sources and in what belongs to a build."],
  ["each", "Packer has no for_each for whole blocks; within a dynamic block the iterator has the name of the block."],
  ["self", "Packer has no self; in provisioners write build.X."],
]);

const CONSTANTS_ONLY: ReadonlyMap<string, string> = new Map(
  ["var", "local", "data", "path", "packer", "source", "build"].map((name) => [
    name,
    "Only constants can be written here: this is read before variables have values.",
  ]),
);
