import {
  type ActionName,
  type CommandName,
  GROUPS,
  type Group,
  type RequestEntry,
  type RequestTable,
} from "./entry.js";

/** An input as an `action.yml` and the reference pages list it. */
export interface ListedInput {
  readonly key: string;
  readonly name: string;
  readonly group: Group;
  /** What its text stands for, e.g. `list of Region`. */
  readonly type: string;
  readonly doc: string;
  readonly required: boolean;
  /** As text; empty where there is none. */
  readonly default: string;
}

/** A flag as the parser and the help list it. */
export interface ListedFlag {
  readonly key: string;
  readonly name: string;
  readonly group: Group;
  readonly doc: string;
  /** `boolean` needs no value; of a `text` the last one given counts; `texts` may be given several times. */
  readonly kind: "boolean" | "text" | "texts";
  /** What the value is called, e.g. `FILE`. */
  readonly value: string;
}

/** The entries of a table that are inputs of an action. */
export function entriesOfAction(table: RequestTable, action: ActionName): RequestTable {
  return pick(table, ({ input }) => input?.actions.includes(action) ?? false);
}

/** The entries of a table that are flags of a command. */
export function entriesOfCommand(table: RequestTable, command: CommandName): RequestTable {
  return pick(table, ({ flag }) => flag?.commands.includes(command) ?? false);
}

/** The inputs of an action, by group. */
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

/** The flags of a command, by group. */
export function flagsOf(table: RequestTable, command: CommandName): readonly ListedFlag[] {
  return byGroup(entriesOfCommand(table, command)).flatMap(([key, { group, field, flag }]) => {
    if (!flag) return [];
    const doc = withNames(flag.doc ?? field.notes.doc, table, (entry) => entry.flag && `-${entry.flag.name}`);
    const kind = field.type === "boolean" ? "boolean" : field.type.startsWith("list of ") ? "texts" : "text";
    const value = kind === "boolean" ? undefined : field.notes.default;
    const withDefault = value === undefined || value === "" ? doc : `${doc} Default: ${String(value)}.`;
    return [{ key, name: flag.name, group, doc: withDefault, kind, value: flag.value ?? "VALUE" }];
  });
}

function pick(table: RequestTable, isTaken: (entry: RequestEntry) => boolean): RequestTable {
  return Object.fromEntries(Object.entries(table).filter(([, entry]) => isTaken(entry)));
}

function byGroup(table: RequestTable): readonly (readonly [string, RequestEntry])[] {
  const order = Object.keys(GROUPS);
  return Object.entries(table).sort(([, a], [, b]) => order.indexOf(a.group) - order.indexOf(b.group));
}

/** Puts the names of entries in place of their keys in backticks. */
function withNames(doc: string, table: RequestTable, nameOf: (entry: RequestEntry) => string | undefined): string {
  return doc.replace(/`(\w+)`/g, (whole, key: string) => {
    const entry = Object.hasOwn(table, key) ? table[key] : undefined;
    return (entry && nameOf(entry)) ?? whole;
  });
}
