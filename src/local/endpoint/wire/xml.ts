/** A value of a response; undefined members are left out. Dates are text already. */
export type ResponseValue = string | number | boolean | undefined | readonly ResponseValue[] | NamedList | Members;

const ENTRY = Symbol("entry");

/** A list whose entries are not named as the protocol's are. */
export interface NamedList {
  readonly [ENTRY]: string;
  readonly list: readonly ResponseValue[];
}

/** A list with a name of its own for its entries. */
export function namedList(entry: string, list: readonly ResponseValue[]): NamedList {
  return { [ENTRY]: entry, list };
}

/** The members of a structure in a response. */
export interface Members {
  readonly [name: string]: ResponseValue;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
};

/** Text as XML 1.0 can carry it; what it cannot carry becomes U+FFFD. */
function escapeXml(value: string): string {
  return value
    .replace(/[&<>"\r]/g, (found) => ESCAPES[found] ?? found)
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
}

/**
 * An element and what it holds. The entries of a list are elements named `entry`: `item` in responses of EC2, `member` in those of
 * IAM, STS and Auto Scaling.
 */
export function element(name: string, value: ResponseValue, entry: "item" | "member"): string {
  if (value === undefined) return "";
  return `<${name}>${content(value, entry)}</${name}>`;
}

function content(value: ResponseValue, entry: "item" | "member"): string {
  if (value === undefined) return "";
  if (typeof value !== "object") return typeof value === "string" ? escapeXml(value) : String(value);
  if (isList(value)) return value.map((item) => element(entry, item, entry)).join("");
  if (ENTRY in value) return value.list.map((item) => element(value[ENTRY], item, entry)).join("");
  return members(value, entry);
}

/** The members of a structure, each as an element. */
export function members(value: Members, entry: "item" | "member"): string {
  return Object.entries(value)
    .map(([name, inner]) => element(name, inner, entry))
    .join("");
}

function isList(value: object): value is readonly ResponseValue[] {
  return Array.isArray(value);
}
