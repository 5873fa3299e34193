import { mayHaveTakenEffect } from "../../aws/client/errors.js";
import type { CallScope } from "../../aws/client/session.js";
import type { ParameterVersion } from "../../aws/parameter.js";
import { noteSummary } from "./history.js";

/** A reference to an image in one Region: a parameter, a label on it, or a launch template's default version. */
export interface Pointer {
  /** For messages, e.g. `/images/web/prod:live`. */
  readonly name: string;
  /** The current image. */
  readonly imageId: string | undefined;
  /** The current version, with its writer and time if known. */
  readonly before: Before | undefined;
  /** Returns the reasons why it cannot be moved to an image, before any change; empty if there are none. */
  obstacles(imageId: string): readonly string[];
  /** Moves it. Does nothing if it has the image already. Throws a `BakeError` on failure. */
  move(scope: CallScope, imageId: string): Promise<PointerMove>;
  /**
   * Reads it back. Throws a `BakeError` if it has another image. Called after all pointers of all Regions have been moved: of two parallel
   * promotions, the one that reads last sees the changes of the other. So they cannot both succeed with a part of the Regions each.
   */
  check(scope: CallScope, imageId: string): Promise<void>;
  /**
   * Restores it, unless another writer has moved it since: then it returns a text with the change. Called after `move`, whether that
   * succeeded or not.
   */
  restore(scope: CallScope): Promise<string | undefined>;
  /** Returns its current image as text. */
  state(scope: CallScope): Promise<string>;
}

/** The state of a pointer before its move. */
export interface Before {
  readonly version: number;
  /**
   * When that version was written, in milliseconds since the epoch (for a label not when it was set); the ARN of the caller; and the
   * kind of move, e.g. `promote by run 12 of owner/repository`, empty if a bake or another tool wrote it.
   */
  readonly written: { readonly at: number; readonly by: string; readonly what: string } | undefined;
}

/** Returns the state before the move for a version of a parameter. */
export function beforeOf(version: ParameterVersion | undefined): Before | undefined {
  if (version === undefined) return undefined;
  return { version: version.version, written: { at: version.at, by: version.by, what: noteSummary(version) } };
}

/** Returns `ami-1 (version 3)`. It hides a value that is not an image id, because it can be a secret. */
export function stateText(now: { readonly value: string; readonly version: number } | undefined): string {
  if (now === undefined) return "nothing";
  return `${now.value.startsWith("ami-") ? now.value : "no image"} (version ${now.version})`;
}

/** The result of a move. */
export interface PointerMove {
  readonly moved: boolean;
  /** Version of the parameter or launch template that has the image. */
  readonly version: number;
}

/** Runs a call that changes a resource. Calls `onEffect` when it took effect, or may have because its response was lost. */
export async function change<T>(call: () => Promise<T>, onEffect: (response?: T) => void): Promise<T> {
  try {
    const response = await call();
    onEffect(response);
    return response;
  } catch (error) {
    if (mayHaveTakenEffect(error)) onEffect();
    throw error;
  }
}
