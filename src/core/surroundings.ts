import type { Clock } from "./clock.js";
import type { CredentialVault } from "./ledger.js";

/** Where random names come from; passed in, so that tests are repeatable. */
export interface Ids {
  /** An RFC 9562 UUID, e.g. for `packer_<uuid>` names. */
  uuid(): string;
  /** `length` characters of `[a-z0-9]`. */
  short(length: number): string;
  /** A number in [0, 1). */
  random(): number;
}

/** The environment as a record; what is not set is undefined. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Credentials by OpenID Connect: a fresh token is asked for before each renewal. */
export interface WebIdentity {
  readonly roleArn: string;
  readonly sessionName: string;
  /** Inline session policy that narrows the role. */
  readonly sessionPolicy: string | undefined;
  fetchToken(): Promise<string>;
}

/** Things from outside that a run needs; passed in. */
export interface Surroundings {
  readonly clock: Clock;
  readonly ids: Ids;
  /** The process environment as it was at the start; a copy, for child processes and credentials. */
  readonly env: Environment;
  readonly credentials: CredentialVault;
  /** Fetches a web identity token (GitHub's OIDC) for `role-to-assume`; undefined uses the ambient credentials. */
  readonly webIdentity: WebIdentity | undefined;
  /** Folder that relative paths of a template start from. */
  readonly cwd: string;
  /** Asks the person at the terminal; undefined when there is none. */
  readonly ask: ((question: string, signal: AbortSignal) => Promise<string>) | undefined;
}
