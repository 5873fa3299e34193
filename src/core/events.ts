import type { Artifact, WrittenFile } from "./artifact.js";
import type { OutputStream } from "./communicator.js";
import type { Diagnostic } from "./diagnostics.js";
import type { PackageReport } from "./packages.js";
import type { RetentionReport } from "./retention.js";

/** How a build or a step ended. */
export type Outcome = "succeeded" | "failed" | "cancelled" | "skipped";

/** What happened, without time and build; see `BakeEvent`. */
export type EventData =
  | { readonly type: "bake-started"; readonly builds: readonly { readonly name: string; readonly builder: string }[] }
  | { readonly type: "build-started" }
  /** A step of a builder, e.g. `launch`; `title` is for people. Steps may overlap. */
  | { readonly type: "step-started"; readonly step: string; readonly title: string }
  | { readonly type: "step-ended"; readonly step: string; readonly outcome: Outcome }
  /** Packer's `==> NAME: text`. */
  | { readonly type: "say"; readonly text: string }
  /** Packer's detail line, `    NAME: text`. */
  | { readonly type: "message"; readonly text: string }
  /** One line of remote or local command output: hostile text. */
  | { readonly type: "output"; readonly stream: OutputStream; readonly text: string }
  /** A wait of more than a few seconds goes on: milliseconds so far, percent where known. */
  | {
      readonly type: "progress";
      readonly what: string;
      readonly elapsed: number;
      readonly percent?: number | undefined;
      readonly text?: string | undefined;
    }
  | { readonly type: "diagnostic"; readonly diagnostic: Diagnostic }
  /** Must be masked from here on, in every output. Always emitted before anything that could contain it. */
  | { readonly type: "secret"; readonly value: string }
  | {
      readonly type: "resource";
      readonly action: "created" | "releasing" | "released" | "kept" | "left";
      readonly kind: string;
      readonly id: string;
      readonly region?: string | undefined;
      readonly why?: string | undefined;
    }
  /** An image is available in a region. */
  | { readonly type: "image-available"; readonly region: string; readonly imageId: string }
  | {
      readonly type: "parameter-published";
      readonly region: string;
      readonly parameter: string;
      readonly imageId: string;
      readonly version: number;
    }
  /** A post-processor wrote a file. */
  | { readonly type: "file-written"; readonly file: WrittenFile }
  /** What is installed on the build's image, and what changed. */
  | { readonly type: "packages"; readonly packages: PackageReport }
  /** Older images were looked at, and perhaps removed. */
  | { readonly type: "retention"; readonly retention: RetentionReport }
  /** A build failed; what it made is released next. Its end follows, with the same error. */
  | { readonly type: "build-failing"; readonly error: Diagnostic }
  | {
      readonly type: "build-ended";
      readonly outcome: Outcome;
      readonly artifacts: readonly Artifact[];
      readonly error?: Diagnostic | undefined;
    }
  | { readonly type: "bake-ended"; readonly outcome: Outcome };

/** Who speaks in a build where that is not the build itself: the type of a post-processor. */
interface Speaker {
  readonly speaker?: string | undefined;
}

/** An event: plain, serialisable, with its time in milliseconds since the epoch and the build it belongs to, if any. */
export type BakeEvent = EventData & { readonly at: number; readonly build?: string | undefined } & Speaker;

/** A wait that goes on. */
export type ProgressEvent = BakeEvent & { readonly type: "progress" };

/** Takes events; must not throw and must not keep the engine waiting. */
export type Listener = (event: BakeEvent) => void;

/** Says what happens in one build. */
export interface Narrator {
  emit(happening: EventData & Speaker): void;
  say(text: string): void;
  message(text: string): void;
  warn(diagnostic: Omit<Diagnostic, "severity">): void;
  /** Masks a value everywhere, before it can appear. */
  secret(value: string): void;
}

/** A narrator that stamps time and build on what it passes to the listeners. */
export function narrator(listeners: readonly Listener[], now: () => number, build?: string): Narrator {
  return through((happening) => {
    const event: BakeEvent = { ...happening, at: now(), ...(build === undefined ? {} : { build }) };
    for (const listener of listeners) listener(event);
  });
}

/** A narrator of the same build that says who speaks: `NAME (SPEAKER): text` (Packer §7.2). */
export function withSpeaker(narrator: Narrator, speaker: string): Narrator {
  return through((happening) => narrator.emit({ ...happening, speaker }));
}

function through(emit: Narrator["emit"]): Narrator {
  return {
    emit,
    say: (text) => emit({ type: "say", text }),
    message: (text) => emit({ type: "message", text }),
    warn: (diagnostic) => emit({ type: "diagnostic", diagnostic: { severity: "warning", ...diagnostic } }),
    secret: (value) => {
      if (value !== "") emit({ type: "secret", value });
    },
  };
}
