import type { LookupRequest, LookupResult, Lookups } from "../../src/template/lookups.js";

/** Files and variables by name, a fixed time and predictable random bytes, for templates in tests. */
export interface Outside {
  readonly files?: Readonly<Record<string, string>>;
  readonly folders?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly lookUp?: (request: LookupRequest) => LookupResult;
}

/** The working directory; file paths are relative to it. */
const CWD = "/work/images";

/** Returns lookups that find only what is given; time and random bytes are fixed. */
export function lookups({ files = {}, folders = [], env = {}, lookUp }: Outside = {}): Lookups {
  const relative = (path: string) => (path.startsWith(`${CWD}/`) ? path.slice(CWD.length + 1) : path);
  const missing = (path: string) => Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
  return {
    env: (name) => env[name],
    envNames: () => Object.keys(env),
    readFile: (path) => {
      const text = files[relative(path)];
      if (text === undefined) throw missing(path);
      return new TextEncoder().encode(text);
    },
    pathKind: (path) => (relative(path) in files ? "file" : folders.includes(relative(path)) ? "directory" : "missing"),
    readDirectory: (path) => {
      throw missing(path);
    },
    cwd: CWD,
    home: "/home/user",
    startedAt: new Date("2026-02-03T04:05:06.070Z"),
    now: () => new Date("2026-02-03T04:05:07.000Z"),
    elapsed: () => performance.now(),
    uuid: () => "11111111-2222-4333-8444-555555555555",
    randomBytes: (length) => Uint8Array.from({ length }, (_, index) => index + 1),
    lookUp: lookUp ?? ((request) => ({ state: "failed", message: `no result for ${request.kind}` })),
  };
}
