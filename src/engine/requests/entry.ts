import type { Field } from "../../options/decoding.js";

/** The actions, named after the directory of their `action.yml`. `bake` is at the root of the repository. */
export const ACTION_NAMES = ["bake", "plan", "rehearse", "promote", "prune", "sweep", "matrix"] as const;

export type ActionName = (typeof ACTION_NAMES)[number];

/** All commands. */
export type CommandName =
  | "build"
  | "cleanup"
  | "completion"
  | "console"
  | "fix"
  | "fmt"
  | "hcl2_upgrade"
  | "history"
  | "init"
  | "inspect"
  | "local"
  | "matrix"
  | "plan"
  | "plugins"
  | "policy"
  | "promote"
  | "prune"
  | "rollback"
  | "shell"
  | "sweep"
  | "validate"
  | "version";

/** The commands that have the flags of a bake. */
export const BAKING = ["build", "plan", "policy"] as const satisfies readonly CommandName[];

/** The headings of help and reference pages, in the order in which inputs and flags are listed. */
export const GROUPS = {
  command: "Command",
  template: "Template",
  build: "Build",
  tests: "Image tests",
  publish: "Regions and publishing",
  promotion: "Promotion",
  retention: "Image retention",
  account: "AWS account",
  report: "Reports",
  local: "Local cloud",
  ignored: "Packer flags that have no effect",
} as const;

export type Group = keyof typeof GROUPS;

/**
 * One setting of a user: how its text is parsed, and its name as an input of actions and as a flag of commands. A documentation text
 * refers to another entry by its key in backticks, which is replaced by the name of the input or flag.
 */
export interface RequestEntry {
  readonly group: Group;
  /** Type, default, documentation and parser. */
  readonly field: Field<unknown>;
  readonly input?: InputSpelling | undefined;
  readonly flag?: FlagSpelling | undefined;
}

/** An entry as an input. */
export interface InputSpelling {
  readonly name: string;
  readonly actions: readonly ActionName[];
  /** Replaces the documentation of the field. */
  readonly doc?: string | undefined;
  /** Example value, for the hint when a required input is missing. */
  readonly example?: string | undefined;
  /** Default in the `action.yml`. Replaces the default of the field. */
  readonly default?: string | undefined;
  /** Overrides for one action. */
  readonly differs?: Partial<Record<ActionName, Pick<InputSpelling, "doc" | "default">>> | undefined;
}

/** An entry as a flag. Booleans need no value; lists can be repeated. */
export interface FlagSpelling {
  readonly name: string;
  readonly commands: readonly CommandName[];
  /** Placeholder of the value in the help, e.g. `FILE`. */
  readonly value?: string | undefined;
  /** Replaces the documentation of the field. */
  readonly doc?: string | undefined;
}

/** Entries by their key. */
export type RequestTable = Readonly<Record<string, RequestEntry>>;

/** The decoded inputs of an action, by the keys of the table. */
export type InputValues<R, A extends ActionName> = {
  readonly [K in keyof R as UsedBy<R[K], "input", "actions", A> extends true ? K : never]: ValueOf<R[K]>;
};

/** The decoded flags of a command, by the keys of the table. */
export type FlagValues<R, C extends CommandName> = {
  readonly [K in keyof R as UsedBy<R[K], "flag", "commands", C> extends true ? K : never]: ValueOf<R[K]>;
};

type ValueOf<E> = E extends { readonly field: Field<infer T> } ? T : never;

/** True if an entry is an input of the action, or a flag of the command. */
type UsedBy<E, Face extends string, Users extends string, User> =
  E extends Readonly<Record<Face, Readonly<Record<Users, readonly (infer Name)[]>>>>
    ? User extends Name
      ? true
      : false
    : false;
