import type { SourceText } from "../../core/source.js";

/** What a report says beside the events: where it was baked, from what. Secrets are already redacted. */
export interface RunFacts {
  /** As the user gave it. */
  readonly template: string;
  readonly image: string;
  /** Values that went in; undefined for sensitive and unset ones. */
  readonly variables: readonly { readonly name: string; readonly value: string | undefined }[];
  /** For excerpts at errors. */
  readonly sources: readonly SourceText[];
  /** Baked on the local cloud: nothing is in AWS and no link leads there. */
  readonly rehearsal: boolean;
  /** Absent outside GitHub. */
  readonly run?:
    | { readonly url: string; readonly commit: string; readonly commitUrl: string; readonly label: string }
    | undefined;
  /** Milliseconds since the epoch, for ages. */
  readonly now: number;
}
