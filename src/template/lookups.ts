/** A request of a data source or of a secret function. Equal requests (by JSON text) are sent once. */
export interface LookupRequest {
  /** Type of the data source (`amazon-ami`, `http`, …), or name of the secret function (`aws_secretsmanager`). */
  readonly kind: string;
  readonly arguments: unknown;
}

/** `pending`: no result yet, so the template is evaluated with an unknown value, and again later. `skipped`: this command reads nothing (`validate`). */
export type LookupResult =
  | { readonly state: "ready"; readonly value: unknown }
  | { readonly state: "pending" }
  | { readonly state: "skipped" }
  | FailedLookup;

/** A lookup that failed. */
export interface FailedLookup {
  readonly state: "failed";
  readonly message: string;
  readonly hint?: string | undefined;
  /** The kind or the arguments of the data source are wrong. The plan reports the same error with its place. */
  readonly wrongArguments?: true | undefined;
  /** The source was not asked: there are no credentials, no permission, or no connection. */
  readonly unanswered?: true | undefined;
}

/** What is at a path. */
export type PathKind = "file" | "directory" | "other" | "missing";

/**
 * Everything that evaluation reads from outside the template, synchronously. Data sources and secrets are `pending` at first;
 * `loadTemplate` evaluates again when their results exist.
 */
export interface Lookups {
  env(name: string): string | undefined;
  /** Names of all environment variables, for `PKR_VAR_*`. */
  envNames(): readonly string[];
  /** Returns the bytes of a file. Throws a Node error with its code (`ENOENT` …). */
  readFile(path: string): Uint8Array;
  pathKind(path: string): PathKind;
  /** Returns the entries of a directory, unsorted. Throws as `readFile` does. */
  readDirectory(path: string): readonly { readonly name: string; readonly kind: PathKind }[];
  /** Absolute working directory of the run. */
  readonly cwd: string;
  /** Home directory, for `~`. Undefined where the user has none. */
  readonly home: string | undefined;
  /** Start of the run: the time of `{{timestamp}}`, `{{isotime}}`, `legacy_isotime` (Packer appendix A). */
  readonly startedAt: Date;
  /** Returns the current time, for HCL's `timestamp()`. */
  now(): Date;
  /** Returns milliseconds from any moment, which never go back: a clock to measure time with. */
  elapsed(): number;
  uuid(): string;
  /** Random bytes, for `bcrypt` salts. */
  randomBytes(length: number): Uint8Array;
  lookUp(request: LookupRequest): LookupResult;
}

/** Returns lookups that record pending requests, each of them once. */
export function recordPending(lookups: Lookups): { lookups: Lookups; pending(): readonly LookupRequest[] } {
  const pending = new Map<string, LookupRequest>();
  const lookUp: Lookups["lookUp"] = (request) => {
    const result = lookups.lookUp(request);
    if (result.state === "pending") pending.set(JSON.stringify(request), request);
    return result;
  };
  return { lookups: { ...lookups, lookUp }, pending: () => [...pending.values()] };
}
