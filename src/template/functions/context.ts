import type { Lookups } from "../lookups.js";

/** What functions that reach outside need. */
export interface FunctionContext {
  readonly lookups: Lookups;
  /** Absolute folder of the template: where `file`, `fileexists`, `fileset` and `templatefile` start. */
  readonly root: string;
}
