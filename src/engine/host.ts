import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { closeSync, openSync, readdirSync, readSync, type Stats, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, normalize, resolve } from "node:path";
import { BakeError } from "../core/errors.js";
import type { Ids } from "../core/surroundings.js";
import type { CheckContext } from "../options/schema.js";
import type { LookupRequest, LookupResult, Lookups, PathKind } from "../template/lookups.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** Random names and numbers of this host. */
export const hostIds: Ids = {
  uuid: () => randomUUID(),
  short: (length) =>
    Array.from({ length }, () => "abcdefghijklmnopqrstuvwxyz0123456789".charAt(randomInt(36))).join(""),
  random: () => randomInt(2 ** 32) / 2 ** 32,
};

/** Settings of the lookups. */
export interface LookupSetting {
  /** The absolute directory that relative paths start from. */
  readonly cwd: string;
  readonly env: Environment;
  readonly startedAt: Date;
  /** Performs a lookup that takes time. */
  ask(request: LookupRequest): LookupResult;
}

/** Returns the lookups of the real files, environment and clock. */
export function hostLookups({ cwd, env, startedAt, ask }: LookupSetting): Lookups {
  const home = homeOf(env);
  const at = (path: string) => located(path, cwd, home);
  return {
    env: (name) => env[name],
    envNames: () => Object.keys(env),
    readFile: (path) => readBounded(at(path)),
    pathKind: (path) => kindOf(at(path)),
    readDirectory: (path) =>
      readdirSync(at(path), { withFileTypes: true }).map((entry) => ({
        name: entry.name,
        kind: entry.isFile() ? "file" : entry.isDirectory() ? "directory" : kindOf(join(at(path), entry.name)),
      })),
    cwd,
    home,
    startedAt,
    now: () => new Date(),
    elapsed: processorTime,
    uuid: () => randomUUID(),
    randomBytes: (length) => randomBytes(length),
    lookUp: ask,
  };
}

/** Returns the check context of the real files and environment. `template` is the path of the template; undefined for standard input. */
export function hostChecks(cwd: string, env: Environment, template: string | undefined): CheckContext {
  const at = (path: string) => located(path, cwd, homeOf(env));
  return {
    pathKind: (path) => kindOf(at(path)),
    pathFromTemplate(path) {
      if (template === undefined || isAbsolute(path) || path.startsWith("~")) return undefined;
      const candidate = join(kindOf(at(template)) === "directory" ? template : dirname(template), path);
      return candidate !== normalize(path) && kindOf(at(candidate)) !== "missing" ? candidate : undefined;
    },
    readText(path) {
      try {
        return readBounded(at(path)).toString("utf8");
      } catch {
        return undefined;
      }
    },
    env: (name) => env[name],
    now: () => Date.now(),
  };
}

/** The most that a template reads from one file, in bytes: as many as the characters that its evaluation may make. */
const FILE_LIMIT = 16_000_000;

/** Size of one read, in bytes. */
const PIECE = 1 << 20;

/**
 * Returns the bytes of a file up to the limit of template texts. A device has no size of its own and may have no end. Throws Node's
 * error, or one with its code `ERR_FS_FILE_TOO_LARGE`.
 */
function readBounded(path: string): Buffer {
  const file = openSync(path, "r");
  try {
    const pieces: Buffer[] = [];
    let size = 0;
    for (;;) {
      const piece = Buffer.allocUnsafe(PIECE);
      const count = readSync(file, piece, 0, PIECE, null);
      if (count === 0) return Buffer.concat(pieces);
      pieces.push(piece.subarray(0, count));
      size += count;
      if (size > FILE_LIMIT) throw tooLargeFile(path);
    }
  } finally {
    closeSync(file);
  }
}

function tooLargeFile(path: string): Error {
  return Object.assign(new Error(`Larger than ${FILE_LIMIT} bytes`), {
    code: "ERR_FS_FILE_TOO_LARGE",
    path,
    syscall: "read",
  });
}

/** Returns the processor time of the process in milliseconds: a wait for a busy host does not count. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function homeOf(env: Environment): string | undefined {
  return env.HOME ?? env.USERPROFILE ?? homedir();
}

/** Returns the absolute path, with `~` expanded. */
function located(path: string, cwd: string, home: string | undefined): string {
  const expanded = home !== undefined && /^~(?=$|[/\\])/.test(path) ? home + path.slice(1) : path;
  return resolve(cwd, expanded);
}

function kindOf(path: string): PathKind {
  const found = statOf(path);
  if (!found) return "missing";
  if (found.isFile()) return "file";
  return found.isDirectory() ? "directory" : "other";
}

/** Returns undefined for any error, also if a part of the path is a file or cannot be accessed. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function tooLarge(): BakeError {
  return new BakeError(`The template on standard input is larger than ${FILE_LIMIT / 1_000_000} MB`, {
    code: "template-too-large",
    hint: "Read large data from files.",
  });
}

/** Returns all of standard input, for the template `-`. Throws a `BakeError` above the limit of template texts. */
export async function readStandardInput(): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of process.stdin) {
    parts.push(Buffer.from(part));
    size += part.length;
    if (size > FILE_LIMIT) throw tooLarge();
  }
  return Buffer.concat(parts).toString("utf8");
}
