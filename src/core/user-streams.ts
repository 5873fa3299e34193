import type { Readable, Writable } from "node:stream";

/** The streams of a user that a shell is connected to. What it prints is for this user alone, and is passed on as it is. */
export interface UserStreams {
  readonly input: Readable;
  readonly output: Writable;
  readonly errors: Writable;
  /** Undefined if input or output is not a terminal. */
  readonly screen: UserScreen | undefined;
}

/** A terminal. */
export interface UserScreen {
  /** `TERM`. */
  readonly term: string;
  size(): { readonly columns: number; readonly rows: number };
  /** Passes each key on as it is typed, without echo and signals. Returns a function that restores the terminal. */
  enterRaw(): () => void;
  /** Calls back after each change of the size. Returns a function that ends this. */
  onResize(changed: () => void): () => void;
}
