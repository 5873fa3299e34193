import { fail } from "./definition.js";
import { localDate, type Moment, momentText, offsetText } from "./moments.js";

export const MONTHS = "January February March April May June July August September October November December".split(
  " ",
);
export const WEEKDAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

/** Text in quotes, runs of one letter, and everything between. */
const TOKENS = /'(?:[^']|'')*'?|([A-Za-z])\1*|[^A-Za-z']+/g;

/** A moment by a format of `formatdate`: `YYYY-MM-DD'T'hh:mm:ssZ`. Throws `FunctionError` for the first argument. */
export function formatDate(format: string, moment: Moment): string {
  return (format.match(TOKENS) ?? []).map((token) => formatToken(token, moment)).join("");
}

function formatToken(token: string, moment: Moment): string {
  if (token.startsWith("'")) return literal(token);
  if (!/^[A-Za-z]/.test(token)) return token;
  const forms = FORMS[token.charAt(0)];
  if (!forms)
    return fail(`there is no date format verb ${JSON.stringify(token)}; put literal letters in single quotes`, 0);
  const form = forms.find(([length]) => length === token.length);
  if (form) return form[1](localDate(moment), moment);
  const letter = token.charAt(0);
  const valid = forms.map(([length]) => letter.repeat(length)).join(", ");
  return fail(`there is no date format verb ${JSON.stringify(token)}; use ${valid}`, 0);
}

/** `''` alone is one quote; within quotes it is one, too. */
function literal(token: string): string {
  if (token === "''") return "'";
  if (token.length < 2 || !/^'(?:[^']|'')*'$/.test(token)) fail("a single quote is not closed", 0);
  return token.slice(1, -1).replaceAll("''", "'");
}

type Form = readonly [length: number, write: (date: Date, moment: Moment) => string];

const two = (n: number) => String(n).padStart(2, "0");

function pair(read: (date: Date) => number): readonly Form[] {
  return [
    [1, (date) => String(read(date))],
    [2, (date) => two(read(date))],
  ];
}

const month = (date: Date) => MONTHS[date.getUTCMonth()] ?? "";
const weekday = (date: Date) => WEEKDAYS[date.getUTCDay()] ?? "";
const half = (date: Date) => (date.getUTCHours() < 12 ? "AM" : "PM");

const FORMS: Readonly<Record<string, readonly Form[]>> = {
  Y: [
    [2, (date) => two(date.getUTCFullYear() % 100)],
    [4, (date) => String(date.getUTCFullYear()).padStart(4, "0")],
  ],
  M: [...pair((date) => date.getUTCMonth() + 1), [3, (date) => month(date).slice(0, 3)], [4, month]],
  D: pair((date) => date.getUTCDate()),
  E: [
    [3, (date) => weekday(date).slice(0, 3)],
    [4, weekday],
  ],
  h: pair((date) => date.getUTCHours()),
  H: pair((date) => date.getUTCHours() % 12 || 12),
  A: [[2, half]],
  a: [[2, (date) => half(date).toLowerCase()]],
  m: pair((date) => date.getUTCMinutes()),
  s: pair((date) => date.getUTCSeconds()),
  Z: [
    [1, (_, moment) => momentText(moment).slice(19)],
    [3, (_, moment) => (moment.offset === 0 ? "UTC" : offsetText(moment.offset, ""))],
    [4, (_, moment) => offsetText(moment.offset, "")],
    [5, (_, moment) => offsetText(moment.offset, ":")],
  ],
};
