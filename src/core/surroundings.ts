import type { Clock } from "./clock.js";
import type { Debug } from "./debug.js";
import type { CredentialVault } from "./ledger.js";

/** Source of random names. Passed in, so that tests are repeatable. */
export interface Ids {
  /** Returns an RFC 9562 UUID, e.g. for `packer_<uuid>` names. */
  uuid(): string;
  /** Returns `length` characters of `[a-z0-9]`. */
  short(length: number): string;
  /** Returns a number in [0, 1). */
  random(): number;
}

/** The environment variables; an unset variable is undefined. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The session policy of a role that is derived from what is done. The engine replaces it before a session is opened. */
export const AUTOMATIC_POLICY = "auto";

/** Credentials by OpenID Connect: a new token is requested before each renewal. */
export interface WebIdentity {
  readonly roleArn: string;
  readonly sessionName: string;
  /** Inline session policy that narrows the role; `AUTOMATIC_POLICY` before it is derived. */
  readonly sessionPolicy: string | undefined;
  fetchToken(): Promise<string>;
}

/** Reports the progress of a wait that belongs to no step, such as for credentials; `elapsed` in milliseconds. */
export type ReportWait = (what: string, elapsed: number, text: string | undefined) => void;

/** External dependencies of a run; passed in. */
export interface Surroundings {
  readonly clock: Clock;
  /** The debug log. */
  readonly debug: Debug;
  /** Undefined reports nothing. */
  readonly reportWait?: ReportWait | undefined;
  readonly ids: Ids;
  /** Copy of the process environment at the start, for child processes and credentials. */
  readonly env: Environment;
  readonly credentials: CredentialVault;
  /** Web identity (GitHub's OIDC) for `role-to-assume`; undefined uses the ambient credentials. */
  readonly webIdentity: WebIdentity | undefined;
  /** Directory that relative paths in a template are resolved against. */
  readonly cwd: string;
  /** Prompts at the terminal; undefined when there is none. */
  readonly ask: ((question: string, signal: AbortSignal) => Promise<string>) | undefined;
}
