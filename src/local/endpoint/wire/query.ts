import { invalid, missing } from "./errors.js";

/** A value of a request: text, a list, or a structure. Numbers and booleans stay text, as the query protocol has them. */
export type ParamValue = string | readonly ParamValue[] | Params;

/** The parameters of a request, as a tree; the same for the query and the JSON protocols. */
export interface Params {
  readonly [name: string]: ParamValue;
}

interface Branch {
  [name: string]: string | Branch;
}

/**
 * Reads the body of an AWS query request: `BlockDeviceMapping.1.Ebs.VolumeSize=8` becomes
 * `{ BlockDeviceMapping: [{ Ebs: { VolumeSize: "8" } }] }`; the `member` of IAM, STS and Auto Scaling lists is left out.
 */
export function parseQuery(body: string): Params {
  const root: Branch = Object.create(null);
  for (const [path, text] of new URLSearchParams(body)) {
    const steps = path.split(".");
    const last = steps.pop() ?? "";
    let branch = root;
    for (const step of steps) {
      const next = branch[step];
      branch = typeof next === "object" ? next : grow(branch, step);
    }
    branch[last] = text;
  }
  return structure(root);
}

function grow(branch: Branch, step: string): Branch {
  const next: Branch = Object.create(null);
  branch[step] = next;
  return next;
}

function structure(branch: Branch): Params {
  return Object.fromEntries(Object.entries(branch).map(([name, value]) => [name, toParamValue(value)]));
}

function toParamValue(value: string | Branch): ParamValue {
  if (typeof value === "string") return value;
  const names = Object.keys(value);
  const member = value.member;
  if (names.length === 1 && member !== undefined) return member === "" ? [] : toParamValue(member);
  if (names.every((name) => /^\d+$/.test(name))) {
    return names.sort((a, b) => Number(a) - Number(b)).map((name) => toParamValue(value[name] ?? ""));
  }
  return structure(value);
}

/** Reads the body of an AWS JSON request. Throws a SyntaxError for what is not a JSON object. */
export function parseJson(body: string): Params {
  const found = fromJson(JSON.parse(body === "" ? "{}" : body));
  if (found === undefined || typeof found === "string" || isList(found)) throw new SyntaxError("not a JSON object");
  return found;
}

function fromJson(value: unknown): ParamValue | undefined {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return value.map(fromJson).filter((item) => item !== undefined);
  if (typeof value === "object") {
    const members: [string, ParamValue][] = [];
    for (const [name, inner] of Object.entries(value)) {
      const read = fromJson(inner);
      if (read !== undefined) members.push([name, read]);
    }
    return Object.fromEntries(members);
  }
  return String(value);
}

function isList(value: ParamValue): value is readonly ParamValue[] {
  return Array.isArray(value);
}

/** The value at a path of names joined by dots. */
function at(params: Params, path: string): ParamValue | undefined {
  let value: ParamValue | undefined = params;
  for (const step of path.split(".")) {
    if (value === undefined || typeof value === "string" || isList(value)) return undefined;
    value = Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}

/** Text, or undefined where the request has none. */
export function text(params: Params, path: string): string | undefined {
  const value = at(params, path);
  return typeof value === "string" ? value : undefined;
}

/** Text that must be there and not be empty. */
export function required(params: Params, path: string): string {
  const value = text(params, path);
  if (value === undefined || value === "") throw missing(path);
  return value;
}

/** A boolean, or undefined where the request has none. */
export function flag(params: Params, path: string): boolean | undefined {
  const value = text(params, path);
  return value === undefined ? undefined : value.toLowerCase() === "true";
}

/** An integer, or undefined where the request has none. Throws InvalidParameterValue for other text. */
export function integer(params: Params, path: string): number | undefined {
  const value = text(params, path);
  if (value === undefined || value === "") return undefined;
  if (!/^-?\d+$/.test(value)) throw invalid(path, value);
  return Number(value);
}

/** A list of texts; empty where the request has none. */
export function texts(params: Params, path: string): readonly string[] {
  const value = at(params, path);
  return value !== undefined && isList(value) ? value.filter((item) => typeof item === "string") : [];
}

/** A structure, or undefined where the request has none. */
export function group(params: Params, path: string): Params | undefined {
  const value = at(params, path);
  return value === undefined || typeof value === "string" || isList(value) ? undefined : value;
}

/** A list of structures; empty where the request has none. */
export function groups(params: Params, path: string): readonly Params[] {
  const value = at(params, path);
  const found: Params[] = [];
  for (const item of value !== undefined && isList(value) ? value : []) {
    if (typeof item !== "string" && !isList(item)) found.push(item);
  }
  return found;
}

/** Whether the request has a value at a path. */
export function has(params: Params, path: string): boolean {
  return at(params, path) !== undefined;
}

/** What two requests must share to count as the same one: all but the token and the dry run. */
export function fingerprint(params: Params): string {
  const { ClientToken: _token, DryRun: _dry, ...rest } = params;
  return canonical(rest);
}

function canonical(value: ParamValue): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonical).join()}]`;
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name] ?? "")}`).join()}}`;
}
