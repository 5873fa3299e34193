import type { Artifact, WrittenFile } from "./artifact.js";
import type { OutputStream } from "./communicator.js";
import type { Diagnostic } from "./diagnostics.js";
import type { ImageTestReport } from "./image-tests.js";
import type { PackageReport } from "./packages.js";
import type { RetentionReport } from "./retention.js";
import { type Redactor, redactor } from "./secrets/redactor.js";

/** How a build or a step ended. */
export type Outcome = "succeeded" | "failed" | "cancelled" | "skipped";

/** An event without its time and build; see `BakeEvent`. */
export type EventData =
  | { readonly type: "bake-started"; readonly builds: readonly { readonly name: string; readonly builder: string }[] }
  | { readonly type: "build-started" }
  /** A step of a builder, e.g. `launch`; `title` is its display text. Steps may overlap. */
  | { readonly type: "step-started"; readonly step: string; readonly title: string }
  | { readonly type: "step-ended"; readonly step: string; readonly outcome: Outcome }
  /** Packer's `==> NAME: text`. */
  | { readonly type: "say"; readonly text: string }
  /** Packer's detail line, `    NAME: text`. */
  | { readonly type: "message"; readonly text: string }
  /** One line of command output, remote or local. Untrusted text. */
  | { readonly type: "output"; readonly stream: OutputStream; readonly text: string }
  /** Progress of a wait; `elapsed` in milliseconds, `percent` where known. */
  | {
      readonly type: "progress";
      readonly what: string;
      readonly elapsed: number;
      readonly percent?: number | undefined;
      readonly text?: string | undefined;
    }
  | { readonly type: "diagnostic"; readonly diagnostic: Diagnostic }
  /** A value to mask in every output from now on. Emitted before anything that may contain it. */
  | { readonly type: "secret"; readonly value: string }
  | {
      readonly type: "resource";
      readonly action: "created" | "releasing" | "released" | "kept" | "left";
      readonly kind: string;
      readonly id: string;
      readonly region?: string | undefined;
      readonly why?: string | undefined;
    }
  /** How a build connects to its instance with `access: auto`, and why. */
  | { readonly type: "access"; readonly way: string; readonly why: string }
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
  /** The packages of the build's image, and what changed. */
  | { readonly type: "packages"; readonly packages: PackageReport }
  /** The image of the build was tested. */
  | { readonly type: "image-tested"; readonly report: ImageTestReport }
  /** Older images were checked, and possibly removed. */
  | { readonly type: "retention"; readonly retention: RetentionReport }
  /** A build failed; its resources are released next. `build-ended` follows, with the same error. */
  | { readonly type: "build-failing"; readonly error: Diagnostic }
  | {
      readonly type: "build-ended";
      readonly outcome: Outcome;
      readonly artifacts: readonly Artifact[];
      readonly error?: Diagnostic | undefined;
    }
  | { readonly type: "bake-ended"; readonly outcome: Outcome };

/** The post-processor that emitted an event of a build, by type; undefined for the build itself. */
interface Speaker {
  readonly speaker?: string | undefined;
}

/** A serialisable event with its time in milliseconds since the epoch and its build, if any. */
export type BakeEvent = EventData & { readonly at: number; readonly build?: string | undefined } & Speaker;

/** Progress of a wait. */
export type ProgressEvent = BakeEvent & { readonly type: "progress" };

/** Receives events. Must not throw or block. */
export type Listener = (event: BakeEvent) => void;

/** Emits the events of one build. */
export interface Narrator {
  emit(data: EventData & Speaker): void;
  say(text: string): void;
  message(text: string): void;
  warn(diagnostic: Omit<Diagnostic, "severity">): void;
  /** Masks a value in every output. Call it before the value can appear. */
  secret(value: string): void;
  /** The secrets of the run: output of commands is redacted before it is divided into lines. */
  readonly secrets: Redactor;
}

/**
 * Returns a narrator that adds time and build to events and passes them to the listeners. It adds secrets to `secrets`; narrators of one run
 * share them.
 */
export function narrator(
  listeners: readonly Listener[],
  now: () => number,
  build?: string,
  secrets: Redactor = redactor(),
): Narrator {
  return narratorOf((data) => {
    const event: BakeEvent = { ...data, at: now(), ...(build === undefined ? {} : { build }) };
    for (const listener of listeners) listener(event);
  }, secrets);
}

/** Returns a narrator of the same build for a post-processor: `NAME (SPEAKER): text` (Packer §7.2). */
export function withSpeaker(narrator: Narrator, speaker: string): Narrator {
  return narratorOf((data) => narrator.emit({ ...data, speaker }), narrator.secrets);
}

function narratorOf(emit: Narrator["emit"], secrets: Redactor): Narrator {
  return {
    emit,
    secrets,
    say: (text) => emit({ type: "say", text }),
    message: (text) => emit({ type: "message", text }),
    warn: (diagnostic) => emit({ type: "diagnostic", diagnostic: { severity: "warning", ...diagnostic } }),
    secret: (value) => {
      if (value === "") return;
      secrets.add(value);
      emit({ type: "secret", value });
    },
  };
}
