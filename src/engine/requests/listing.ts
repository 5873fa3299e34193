import {
  type ActionName,
  type CommandName,
  GROUPS,
  type Group,
  type RequestEntry,
  type RequestTable,
} from "./entry.js";

/** An input as listed in an `action.yml` and in the reference pages. */
export interface ListedInput {
  readonly key: string;
  readonly name: string;
  readonly group: Group;
  /** The type of the value, e.g. `list of Region`. */
  readonly type: string;
  readonly doc: string;
  readonly required: boolean;
  /** As text; empty if there is none. */
  readonly default: string;
}

/** A flag as used by the parser and listed in the help. */
export interface ListedFlag {
  readonly key: string;
  readonly name: string;
  readonly group: Group;
  readonly doc: string;
  /** `boolean` needs no value; of a `text` the last value is used; `texts` can be repeated. */
  readonly kind: "boolean" | "text" | "texts";
  /** Placeholder of the value, e.g. `FILE`. */
  readonly value: string;
  /** The values of a flag that accepts only some; of a boolean, `true` and `false`. */
  readonly choices: readonly string[];
  /** The name of the same setting as an input of an action. */
  readonly input: string | undefined;
}

/** Returns the entries of a table that are inputs of an action. */
export function entriesOfAction(table: RequestTable, action: ActionName): RequestTable {
  return pick(table, ({ input }) => input?.actions.includes(action) ?? false);
}

/** Returns the entries of a table that are flags of a command. */
export function entriesOfCommand(table: RequestTable, command: CommandName): RequestTable {
  return pick(table, ({ flag }) => flag?.commands.includes(command) ?? false);
}

/** Returns the inputs of an action by group. */
export function inputsOf(table: RequestTable, action: ActionName): readonly ListedInput[] {
  return byGroup(entriesOfAction(table, action)).flatMap(([key, { group, field, input }]) => {
    if (!input) return [];
    const { notes } = field;
    const own = input.differs?.[action];
    const doc = withNames(
      own?.doc ?? input.doc ?? notes.doc,
      table,
      (entry) => entry.input && `\`${entry.input.name}\``,
    );
    const text = own?.default ?? input.default ?? String(notes.default ?? "");
    const required = notes.required === true;
    return [{ key, name: input.name, group, type: field.type, doc, required, default: text }];
  });
}

/** Returns the flags of a command by group. */
export function flagsOf(table: RequestTable, command: CommandName): readonly ListedFlag[] {
  return byGroup(entriesOfCommand(table, command)).flatMap(([key, { group, field, flag, input }]) => {
    if (!flag) return [];
    const doc = withNames(flag.doc ?? field.notes.doc, table, (entry) => entry.flag && `-${entry.flag.name}`);
    const kind = field.type === "boolean" ? "boolean" : field.type.startsWith("list of ") ? "texts" : "text";
    const value = kind === "boolean" ? undefined : field.notes.default;
    const withDefault = value === undefined || value === "" ? doc : `${doc} Default: ${String(value)}.`;
    const words = field.type.includes("|") ? field.type.split("|") : [];
    const choices = kind === "boolean" ? ["true", "false"] : words;
    return [
      {
        key,
        name: flag.name,
        group,
        doc: withDefault,
        kind,
        value: flag.value ?? "VALUE",
        choices,
        input: input?.name,
      },
    ];
  });
}

function pick(table: RequestTable, isPicked: (entry: RequestEntry) => boolean): RequestTable {
  return Object.fromEntries(Object.entries(table).filter(([, entry]) => isPicked(entry)));
}

function byGroup(table: RequestTable): readonly (readonly [string, RequestEntry])[] {
  const order = Object.keys(GROUPS);
  return Object.entries(table).sort(([, a], [, b]) => order.indexOf(a.group) - order.indexOf(b.group));
}

/** Replaces the keys of entries in backticks by the names of the inputs or flags. */
function withNames(doc: string, table: RequestTable, nameOf: (entry: RequestEntry) => string | undefined): string {
  return doc.replace(/`(\w+)`/g, (whole, key: string) => {
    const entry = Object.hasOwn(table, key) ? table[key] : undefined;
    return (entry && nameOf(entry)) ?? whole;
  });
}
