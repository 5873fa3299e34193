import { mayHaveTakenEffect } from "../../aws/errors.js";
import type { CallScope } from "../../aws/scope.js";

/** Something in one region that names an image: a parameter, a label on it, a launch template's default version. */
export interface Pointer {
  /** For people, e.g. `/images/web/prod:live`. */
  readonly name: string;
  /** The image it names now. */
  readonly imageId: string | undefined;
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
   * Puts it back where it was, unless another has moved it since: then it answers what it names instead, for people. Called after
   * `move`, whether that succeeded or not.
   */
  restore(scope: CallScope): Promise<string | undefined>;
}

/** What a move came to. */
export interface PointerMove {
  readonly moved: boolean;
  /** Version of the parameter or launch template that names the image. */
  readonly version: number;
}

/** Makes a call that changes something; `onEffect` hears that it took effect, without an answer that it may have. */
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
