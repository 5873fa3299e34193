import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, normalize, resolve } from "node:path";
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
    readFile: (path) => readFileSync(at(path)),
    pathKind: (path) => kindOf(at(path)),
    readDirectory: (path) => readdirSync(at(path)).map((name) => ({ name, kind: kindOf(join(at(path), name)) })),
    cwd,
    home,
    startedAt,
    now: () => new Date(),
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
        return readFileSync(at(path), "utf8");
      } catch {
        return undefined;
      }
    },
    env: (name) => env[name],
    now: () => Date.now(),
  };
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

/** Returns all of standard input, for the template `-`. */
export async function readStandardInput(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString("utf8");
}
