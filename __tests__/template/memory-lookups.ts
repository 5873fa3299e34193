import { randomBytes, randomUUID } from "node:crypto";
import { posix } from "node:path";
import type { LookupRequest, LookupResult, Lookups, PathKind } from "../../src/template/lookups.js";

export interface MemoryLookups {
  /** By absolute path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly now?: Date;
  readonly lookUp?: (request: LookupRequest) => LookupResult;
}

/** Lookups over files in memory; the rest is real or given. */
export function memoryLookups(given: MemoryLookups = {}): Lookups {
  const files = new Map(Object.entries(given.files ?? {}));
  const env = given.env ?? {};
  const now = given.now ?? new Date("2024-05-06T07:08:09Z");
  const isFolder = (path: string) => path === "/" || [...files.keys()].some((file) => file.startsWith(`${path}/`));
  const cwd = given.cwd ?? "/work";
  const absolute = (path: string) => posix.resolve(cwd, path);
  const pathKind = (path: string): PathKind => {
    if (files.has(absolute(path))) return "file";
    return isFolder(absolute(path)) ? "directory" : "missing";
  };
  return {
    env: (name) => env[name],
    envNames: () => Object.keys(env),
    readFile: (path) => {
      const content = files.get(absolute(path));
      if (content === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
      return typeof content === "string" ? Buffer.from(content) : content;
    },
    pathKind,
    readDirectory: (given) => {
      const path = absolute(given);
      const inside = [...files.keys()].filter((file) => file.startsWith(path === "/" ? "/" : `${path}/`));
      const names = new Set(inside.map((file) => posix.relative(path, file).split("/")[0] ?? ""));
      return [...names].map((name) => ({ name, kind: pathKind(posix.join(path, name)) }));
    },
    cwd,
    home: "/home/me",
    startedAt: now,
    now: () => now,
    elapsed: () => performance.now(),
    uuid: () => randomUUID(),
    randomBytes: (length) => randomBytes(length),
    lookUp: given.lookUp ?? (() => ({ state: "skipped" })),
  };
}
