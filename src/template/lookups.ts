/** What a data source or a secret call asks of the outside; equal requests (by JSON text) are answered once. */
export interface LookupRequest {
  /** `data` sources by type (`amazon-ami`, `http`, …), or a secret function (`aws_secretsmanager`). */
  readonly kind: string;
  readonly arguments: unknown;
}

/** `pending`: not answered yet; evaluate with an unknown, and again later. `skipped`: not to be read in this command (`validate`). */
export type LookupAnswer =
  | { readonly state: "ready"; readonly value: unknown }
  | { readonly state: "pending" }
  | { readonly state: "skipped" }
  | FailedLookup;

/** A lookup that failed. */
export interface FailedLookup {
  readonly state: "failed";
  readonly message: string;
  readonly hint?: string | undefined;
  /** The kind or the arguments of a data source are wrong: the plan reports that too, at their places. */
  readonly wrongArguments?: true | undefined;
}

/** What is at a path. */
export type PathKind = "file" | "directory" | "other" | "missing";

/**
 * Everything that evaluating a template may ask of the outside, synchronously. What takes time (data sources, secrets) is
 * answered `pending` at first; `loadTemplate` evaluates again when the answers are there.
 */
export interface Lookups {
  env(name: string): string | undefined;
  /** All environment names, for `PKR_VAR_*`. */
  envNames(): readonly string[];
  /** Bytes of a file; throws a Node error (`ENOENT` …) with its code. */
  readFile(path: string): Uint8Array;
  pathKind(path: string): PathKind;
  /** Names in a folder, unsorted; throws as `readFile`. */
  readFolder(path: string): readonly { readonly name: string; readonly kind: PathKind }[];
  /** Absolute working directory of the run. */
  readonly cwd: string;
  /** For `~`; undefined where there is none. */
  readonly home: string | undefined;
  /** Start of the run: the one instant of `{{timestamp}}`, `{{isotime}}`, `legacy_isotime` (Packer appendix A). */
  readonly startedAt: Date;
  /** The clock now, for HCL's `timestamp()`. */
  now(): Date;
  uuid(): string;
  /** Random bytes, for `bcrypt` salts. */
  randomBytes(length: number): Uint8Array;
  ask(request: LookupRequest): LookupAnswer;
}

/** Lookups that remember which requests were pending; each of them once. */
export function recordPending(lookups: Lookups): { lookups: Lookups; pending(): readonly LookupRequest[] } {
  const pending = new Map<string, LookupRequest>();
  const ask: Lookups["ask"] = (request) => {
    const answer = lookups.ask(request);
    if (answer.state === "pending") pending.set(JSON.stringify(request), request);
    return answer;
  };
  return { lookups: { ...lookups, ask }, pending: () => [...pending.values()] };
}
