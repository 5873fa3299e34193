import { mayHaveTakenEffect } from "../../aws/client/errors.js";
import type { CallScope } from "../../aws/client/session.js";
import type { ParameterVersion } from "../../aws/parameter.js";
import { noteSummary } from "./history.js";

/** Something in one region that names an image: a parameter, a label on it, a launch template's default version. */
export interface Pointer {
  /** For people, e.g. `/images/web/prod:live`. */
  readonly name: string;
  /** The image it names now. */
  readonly imageId: string | undefined;
  /** The version that names it, and who wrote that when, where it is known. */
  readonly before: Before | undefined;
  /** What keeps it from being moved to an image, found before anything is; empty when nothing does. */
  obstacles(imageId: string): readonly string[];
  /** Moves it. Does nothing where it names the image already. Throws a `BakeError`. */
  move(scope: CallScope, imageId: string): Promise<PointerMove>;
  /**
   * Reads it back; throws a `BakeError` when it names another image. Called once all pointers of all regions have been moved: of two
   * movers at the same time, the one that reads last then sees what the other one did, so they cannot both believe in two halves.
   */
  check(scope: CallScope, imageId: string): Promise<void>;
  /**
   * Puts it back where it was, unless another has moved it since: then it returns what it names instead, for people. Called after
   * `move`, whether that succeeded or not.
   */
  restore(scope: CallScope): Promise<string | undefined>;
  /** What it names at this moment; for people. */
  state(scope: CallScope): Promise<string>;
}

/** What a pointer named before it was moved. */
export interface Before {
  readonly version: number;
  /**
   * When that version was written, in milliseconds since the epoch (for a label not when it was set); the ARN of the caller; and what
   * it was, e.g. `promote by run 12 of owner/repository`, empty where a bake or another program wrote it.
   */
  readonly written: { readonly at: number; readonly by: string; readonly what: string } | undefined;
}

/** A version of a parameter as what was there before. */
export function beforeOf(version: ParameterVersion | undefined): Before | undefined {
  if (version === undefined) return undefined;
  return { version: version.version, written: { at: version.at, by: version.by, what: noteSummary(version) } };
}

/** `ami-1 (version 3)`, for people; a value that is no image's may be a secret. */
export function stateText(now: { readonly value: string; readonly version: number } | undefined): string {
  if (now === undefined) return "nothing";
  return `${now.value.startsWith("ami-") ? now.value : "no image"} (version ${now.version})`;
}

/** What a move came to. */
export interface PointerMove {
  readonly moved: boolean;
  /** Version of the parameter or launch template that names the image. */
  readonly version: number;
}

/** Makes a call that changes something; `onEffect` is called when it took effect, or, without an answer, may have. */
export async function change<T>(call: () => Promise<T>, onEffect: (answer?: T) => void): Promise<T> {
  try {
    const answer = await call();
    onEffect(answer);
    return answer;
  } catch (error) {
    if (mayHaveTakenEffect(error)) onEffect();
    throw error;
  }
}
