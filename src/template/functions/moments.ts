import { monthName, weekdayName } from "../go-template/go-time.js";
import { fail } from "./definition.js";

/** A time with the UTC offset from its notation. */
export interface Moment {
  /** Milliseconds since the epoch, with a fraction. */
  readonly time: number;
  /** Minutes east of Greenwich. */
  readonly offset: number;
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(?:(Z)|([+-])(\d\d):(\d\d))$/;

/** Parses an RFC 3339 timestamp. Returns the reason as a string when it is invalid. */
export function parseMoment(text: string): Moment | string {
  const match = RFC3339.exec(text);
  if (!match)
    return text.includes("T") || !/^\d{4}-\d\d-\d\d/.test(text)
      ? EXAMPLE
      : `missing "T" between date and time: ${EXAMPLE}`;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const [, , , , , , , fraction = "", , sign = "+", zoneHour = "0", zoneMinute = "0"] = match;
  if (month < 1 || month > 12) return `month ${month} does not exist`;
  if (day < 1 || day > daysIn(year, month)) return `day ${day} does not exist in month ${month}`;
  if (hour > 23) return "the hour must be between 0 and 23";
  if (minute > 59 || second > 59) return "minutes and seconds must be between 0 and 59";
  if (Number(zoneHour) > 23 || Number(zoneMinute) > 59) return "the UTC offset is out of range";
  const offset = (sign === "-" ? -1 : 1) * (Number(zoneHour) * 60 + Number(zoneMinute));
  const utc = atUtc(year, month - 1, day, hour, minute, second) - offset * 60_000;
  return { time: utc + Number(`0${fraction}`) * 1000, offset };
}

const EXAMPLE = "not an RFC 3339 timestamp, such as 2026-01-31T08:30:00Z";

/** Date.UTC reads the years 0 to 99 as 1900 to 1999. */
function atUtc(year: number, ...rest: [number, number, number, number, number]): number {
  const date = new Date(Date.UTC(2000, ...rest));
  date.setUTCFullYear(year, rest[0], rest[1]);
  return date.getTime();
}

function daysIn(year: number, month: number): number {
  return new Date(atUtc(year, month, 0, 0, 0, 0)).getUTCDate();
}

/** Returns a Date whose UTC fields are the local fields of the moment. */
export function localDate(moment: Moment): Date {
  return new Date(Math.floor(moment.time) + moment.offset * 60_000);
}

/** Returns the offset as `+hh:mm`, or without the colon. */
function offsetText(offset: number, colon: string): string {
  const minutes = Math.abs(offset);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${colon}${two(minutes % 60)}`;
}

/** Formats a moment as RFC 3339 in seconds, as Go's time.RFC3339 does. */
export function momentText(moment: Moment): string {
  const date = localDate({ ...moment, time: Math.floor(moment.time / 1000) * 1000 });
  const [day = "", time = ""] = date.toISOString().replace(/^\+0*/, "").split("T");
  return `${day}T${time.slice(0, 8)}${moment.offset === 0 ? "Z" : offsetText(moment.offset, ":")}`;
}

/** Text in quotes, repetitions of one letter, and all other text. */
const TOKENS = /'(?:[^']|'')*'?|([A-Za-z])\1*|[^A-Za-z']+/g;

/** Formats a moment by a format of `formatdate`, e.g. `YYYY-MM-DD'T'hh:mm:ssZ`. Throws `FunctionError` when the format is invalid. */
export function formatDate(format: string, moment: Moment): string {
  return (format.match(TOKENS) ?? []).map((token) => formatToken(token, moment)).join("");
}

function formatToken(token: string, moment: Moment): string {
  if (token.startsWith("'")) return literal(token);
  if (!/^[A-Za-z]/.test(token)) return token;
  const forms = FORMS[token.charAt(0)];
  if (!forms) return fail(`unsupported format verb ${JSON.stringify(token)}; put literal letters in single quotes`, 0);
  const form = forms.find(([length]) => length === token.length);
  if (form) return form[1](localDate(moment), moment);
  const letter = token.charAt(0);
  const valid = forms.map(([length]) => letter.repeat(length)).join(", ");
  return fail(`unsupported format verb ${JSON.stringify(token)}; use ${valid}`, 0);
}

/** `''` is a single quote, both on its own and within quotes. */
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

const half = (date: Date) => (date.getUTCHours() < 12 ? "AM" : "PM");

const FORMS: Readonly<Record<string, readonly Form[]>> = {
  Y: [
    [2, (date) => two(date.getUTCFullYear() % 100)],
    [4, (date) => String(date.getUTCFullYear()).padStart(4, "0")],
  ],
  M: [...pair((date) => date.getUTCMonth() + 1), [3, (date) => monthName(date).slice(0, 3)], [4, monthName]],
  D: pair((date) => date.getUTCDate()),
  E: [
    [3, (date) => weekdayName(date).slice(0, 3)],
    [4, weekdayName],
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
