import type { Field } from "../../options/decoding.js";

/** The actions by the directory of their `action.yml`; `bake` is the one at the root of the repository. */
export const ACTION_NAMES = ["bake", "rehearse", "promote", "prune", "sweep", "matrix"] as const;

export type ActionName = (typeof ACTION_NAMES)[number];

/** The commands that have flags; `version` has none. */
export type CommandName =
  | "build"
  | "cleanup"
  | "console"
  | "fmt"
  | "hcl2_upgrade"
  | "history"
  | "inspect"
  | "local"
  | "matrix"
  | "promote"
  | "prune"
  | "rollback"
  | "sweep"
  | "validate"
  | "version";

/** The headings of help and reference pages, in the order in which inputs and flags are listed. */
export const GROUPS = {
  command: "This command",
  template: "Template",
  build: "Build",
  publish: "Regions and publishing",
  promotion: "Promotion",
  retention: "Older images",
  account: "Account",
  report: "Reports",
  local: "Local cloud",
  ignored: "Packer flags without effect",
} as const;

export type Group = keyof typeof GROUPS;

/**
 * One thing that a user can ask for: how its text is read, and how it is spelt as an input of actions and as a flag of commands.
 * A documentation text names another entry by its key in backticks: it is printed as the input or flag of that entry.
 */
export interface RequestEntry {
  readonly group: Group;
  /** Type, default and documentation, and how a given text is read. */
  readonly field: Field<unknown>;
  readonly input?: InputSpelling | undefined;
  readonly flag?: FlagSpelling | undefined;
}

/** An entry as an input. */
export interface InputSpelling {
  readonly name: string;
  readonly actions: readonly ActionName[];
  /** In place of the field's documentation. */
  readonly doc?: string | undefined;
  /** What to write, for the complaint that a required input is missing. */
  readonly example?: string | undefined;
  /** Text in the `action.yml`, in place of the field's default. */
  readonly default?: string | undefined;
  /** What differs in one action. */
  readonly differs?: Partial<Record<ActionName, Pick<InputSpelling, "doc" | "default">>> | undefined;
}

/** An entry as a flag. Booleans need no value; lists may be given several times. */
export interface FlagSpelling {
  readonly name: string;
  readonly commands: readonly CommandName[];
  /** What the value is called in the help, e.g. `FILE`. */
  readonly value?: string | undefined;
  /** In place of the field's documentation. */
  readonly doc?: string | undefined;
}

/** Entries by their key. */
export type RequestTable = Readonly<Record<string, RequestEntry>>;

/** What the inputs of an action decode to, by the keys of the table. */
export type InputValues<R, A extends ActionName> = {
  readonly [K in keyof R as TakenBy<R[K], "input", "actions", A> extends true ? K : never]: ValueOf<R[K]>;
};

/** What the flags of a command decode to, by the keys of the table. */
export type FlagValues<R, C extends CommandName> = {
  readonly [K in keyof R as TakenBy<R[K], "flag", "commands", C> extends true ? K : never]: ValueOf<R[K]>;
};

type ValueOf<E> = E extends { readonly field: Field<infer T> } ? T : never;

/** Whether an entry names an action, or a command, in its spelling. */
type TakenBy<E, Face extends string, Users extends string, User> =
  E extends Readonly<Record<Face, Readonly<Record<Users, readonly (infer Name)[]>>>>
    ? User extends Name
      ? true
      : false
    : false;
