import {
  type AccountReference,
  type Intent,
  isResourceKind,
  type LedgerRecord,
  RESOURCE_KINDS,
  type ResourceKind,
  type RoleReference,
} from "./ledger.js";

/** Version of the ledger format, in the header of each run. Version 1 had no number. */
export const LEDGER_VERSION = 2;

/** The run that wrote the records that follow its header in a ledger file. */
export interface LedgerRun {
  readonly version: number;
  readonly pid: number;
  readonly host: string;
  /** ID of the running kernel (Linux), which containers of a host share; undefined elsewhere. */
  readonly boot: string | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly template: string;
  /** Name of the lock that the run holds while it lives; undefined if it could not take one, and in version 1. */
  readonly lock: string | undefined;
}

/** One line of a ledger file, or one value of the action's state. `place` is its number or name, for messages. */
export interface LedgerLine {
  readonly place: string;
  readonly text: string;
}

/** A line with something that is not a record. */
export interface LedgerProblem {
  readonly place: string;
  /** What is wrong, as a sentence without a final period. */
  readonly problem: string;
}

/** The contents of a ledger. */
export interface LedgerContents {
  /** The headers, in the order of the runs. */
  readonly runs: readonly LedgerRun[];
  readonly records: readonly LedgerRecord[];
  /** Lines that are damaged, or that another version wrote. Their resources, if any, are unknown. */
  readonly problems: readonly LedgerProblem[];
}

/** A value that is not a record. */
class Unreadable extends Error {}

/**
 * Reads the lines of a ledger. Every record that can be read is returned, also from a line that has other text too. What cannot be
 * read, or is of a later version, is a problem: who releases the records must not discard the ledger. Never throws.
 */
export function readLedger(lines: Iterable<LedgerLine>): LedgerContents {
  const runs: LedgerRun[] = [];
  const records: LedgerRecord[] = [];
  const problems: LedgerProblem[] = [];
  const intended = new Set<string>();
  const add = (value: unknown) => {
    const object = objectAt(value, "record");
    if ("run" in object) {
      const run = runOf(object.run);
      runs.push(run);
      if (run.version > LEDGER_VERSION) {
        throw new Unreadable(
          `The ledger has version ${run.version}, and this version of bake-ami reads versions up to ${LEDGER_VERSION}`,
        );
      }
      return;
    }
    const record = recordOf(object);
    records.push(record);
    if (record.op === "intent") intended.add(record.intent.key);
    else if (record.op === "made" && !intended.has(record.key)) {
      throw new Unreadable(`No earlier line says what kind of resource "${record.id}" is`);
    }
  };
  for (const { place, text } of lines) {
    if (text.trim() === "") continue;
    const { values, damage } = valuesOn(text);
    const found = new Set(damage === undefined ? [] : [damage]);
    for (const value of values) {
      try {
        add(value);
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        found.add(error.message);
      }
    }
    problems.push(...[...found].map((problem) => ({ place, problem })));
  }
  return { runs, records, problems };
}

/** Longest damaged line that is searched for records, in characters. A record has a few hundred. */
const LONGEST_DAMAGED = 65_536;

/** Returns the value of a line. Of a damaged line, returns the records that are whole, and what is wrong with the line. */
function valuesOn(text: string): { readonly values: readonly unknown[]; readonly damage: string | undefined } {
  const whole = parse(text);
  if (whole !== undefined) return { values: [whole], damage: undefined };
  const values: unknown[] = [];
  let rest = text.length > LONGEST_DAMAGED ? "" : text;
  let skipped = rest === "";
  while (rest.trim() !== "") {
    const start = rest.search(/\{\s*"(?:op|run)"/);
    const found = start < 0 ? undefined : valueAtStart(rest.slice(start));
    if (start < 0) break;
    if (rest.slice(0, start).trim() !== "") skipped = true;
    if (found === undefined) {
      skipped = true;
      rest = rest.slice(start + 1);
    } else {
      values.push(found.value);
      rest = rest.slice(start + found.length);
    }
  }
  const isTorn = skipped || rest.trim() !== "";
  return { values, damage: isTorn ? "The line is not JSON, or is truncated" : "The line has more than one record" };
}

/** Most levels of braces that are read: a record has five. So a damaged line is read in a time in proportion to its length. */
const DEEPEST = 16;

/** Returns the first JSON object of a text that starts with `{`, and its length; undefined if it has no end or is too deep for a record. */
function valueAtStart(text: string): { readonly value: unknown; readonly length: number } | undefined {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === "{") depth += 1;
    if (token === "}") depth -= 1;
    if (depth > DEEPEST) return undefined;
    if (depth > 0) continue;
    const value = parse(text.slice(0, index + 1));
    return value === undefined ? undefined : { value, length: index + 1 };
  }
  return undefined;
}

/** Returns the value of a JSON text; undefined if it is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function recordOf(object: Fields): LedgerRecord {
  const { op } = object;
  if (op === "intent") {
    if (object.intent === undefined) throw new Unreadable('"intent" is missing');
    return { op, at: numberAt(object, "at"), intent: intentOf(object.intent) };
  }
  if (op === "made") return { op, at: numberAt(object, "at"), key: textAt(object, "key"), id: textAt(object, "id") };
  if (op === "released") return { op, at: numberAt(object, "at"), key: textAt(object, "key") };
  if (op === "kept") return { op, at: numberAt(object, "at"), key: textAt(object, "key"), why: textAt(object, "why") };
  throw new Unreadable(
    op === undefined ? '"op" is missing' : `"op" must be "intent", "made", "released" or "kept", and is ${shown(op)}`,
  );
}

function intentOf(value: unknown): Intent {
  const object = objectAt(value, "intent");
  const kind = kindOf(object.kind);
  const account = object.account === undefined ? undefined : accountOf(object.account);
  if (account === undefined && RESOURCE_KINDS[kind] === "aws") throw new Unreadable('"intent.account" is missing');
  const details = object.details === undefined ? undefined : objectAt(object.details, "intent.details");
  return {
    key: textAt(object, "key", "intent"),
    kind,
    build: textAt(object, "build", "intent"),
    account,
    token: optionalTextAt(object, "token", "intent"),
    name: optionalTextAt(object, "name", "intent"),
    details: details && Object.fromEntries(Object.keys(details).map((key) => [key, textAt(details, key, "details")])),
  };
}

function kindOf(value: unknown): ResourceKind {
  if (typeof value === "string" && isResourceKind(value)) return value;
  throw new Unreadable(value === undefined ? '"intent.kind" is missing' : `"intent.kind" is unknown: ${shown(value)}`);
}

function accountOf(value: unknown): AccountReference {
  const where = "intent.account";
  const object = objectAt(value, where);
  const region = textAt(object, "region", where);
  // The Region becomes a part of host names.
  if (!/^[a-z0-9-]{1,63}$/.test(region)) throw new Unreadable(`"${where}.region" is not a Region: ${shown(region)}`);
  const { insecureTls } = object;
  if (insecureTls !== undefined && typeof insecureTls !== "boolean") {
    throw new Unreadable(`"${where}.insecureTls" must be true or false`);
  }
  return {
    region,
    accountId: optionalTextAt(object, "accountId", where),
    partition: optionalTextAt(object, "partition", where),
    profile: optionalTextAt(object, "profile", where),
    credentialsFile: optionalTextAt(object, "credentialsFile", where),
    insecureTls,
    endpoint: optionalTextAt(object, "endpoint", where),
    credentials: optionalTextAt(object, "credentials", where),
    assumeRole: object.assumeRole === undefined ? undefined : roleOf(object.assumeRole, `${where}.assumeRole`),
  };
}

function roleOf(value: unknown, where: string): RoleReference {
  const object = objectAt(value, where);
  const tags = object.tags === undefined ? undefined : objectAt(object.tags, `${where}.tags`);
  return {
    roleArn: textAt(object, "roleArn", where),
    externalId: optionalTextAt(object, "externalId", where),
    sessionName: optionalTextAt(object, "sessionName", where),
    durationSeconds: object.durationSeconds === undefined ? undefined : numberAt(object, "durationSeconds", where),
    policy: optionalTextAt(object, "policy", where),
    policyArns: optionalTextsAt(object, "policyArns", where),
    // The value of a tag can be empty.
    tags:
      tags &&
      Object.fromEntries(Object.keys(tags).map((key) => [key, optionalTextAt(tags, key, `${where}.tags`) ?? ""])),
    transitiveTagKeys: optionalTextsAt(object, "transitiveTagKeys", where),
  };
}

function runOf(value: unknown): LedgerRun {
  const object = objectAt(value, "run");
  return {
    version: object.version === undefined ? 1 : numberAt(object, "version", "run"),
    pid: numberAt(object, "pid", "run"),
    host: textAt(object, "host", "run"),
    boot: optionalTextAt(object, "boot", "run"),
    startedAt: numberAt(object, "startedAt", "run"),
    template: optionalTextAt(object, "template", "run") ?? "",
    lock: optionalTextAt(object, "lock", "run"),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectAt(value: unknown, name: string): Fields {
  if (isFields(value)) return value;
  throw new Unreadable(
    name === "record" ? `It must be an object, and is ${shown(value)}` : `"${name}" must be an object`,
  );
}

const nameIn = (parent: string | undefined, name: string) => `"${parent === undefined ? name : `${parent}.${name}`}"`;

function textAt(object: Fields, name: string, parent?: string): string {
  const value = object[name];
  if (typeof value === "string" && value !== "") return value;
  throw new Unreadable(
    `${nameIn(parent, name)} ${value === undefined ? "is missing" : "must be a string that is not empty"}`,
  );
}

function optionalTextAt(object: Fields, name: string, parent: string): string | undefined {
  const value = object[name];
  if (value === undefined || typeof value === "string") return value;
  throw new Unreadable(`${nameIn(parent, name)} must be a string`);
}

function optionalTextsAt(object: Fields, name: string, parent: string): readonly string[] | undefined {
  const value = object[name];
  const isText = (item: unknown) => typeof item === "string";
  if (value === undefined || (Array.isArray(value) && value.every(isText))) return value;
  throw new Unreadable(`${nameIn(parent, name)} must be a list of strings`);
}

function numberAt(object: Fields, name: string, parent?: string): number {
  const value = object[name];
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new Unreadable(`${nameIn(parent, name)} ${value === undefined ? "is missing" : "must be a number"}`);
}

/** Longest value in a message, in characters. */
const LONGEST_SHOWN = 60;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
