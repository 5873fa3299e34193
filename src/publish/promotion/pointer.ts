import type { CallScope } from "../../aws/scope.js";

/** Something in one region that names an image: a parameter, a label on it, a launch template's default version. */
export interface Pointer {
  /** For people, e.g. `/images/web/prod:live`. */
  readonly name: string;
  /** The image it names now. */
  readonly imageId: string | undefined;
  /** What keeps it from being moved to an image, found before anything is; empty when nothing does. */
  obstacles(imageId: string): readonly string[];
  /** Moves it and reads it back. Does nothing where it names the image already. Throws a `BakeError`. */
  move(scope: CallScope, imageId: string): Promise<PointerMove>;
  /** Puts it back where it was, unless another has moved it since. Called only after `move`, whether that succeeded or not. */
  restore(scope: CallScope): Promise<void>;
}

/** What a move came to. */
export interface PointerMove {
  readonly moved: boolean;
  /** Version of the parameter or launch template that names the image. */
  readonly version: number;
}
