import { parseDuration } from "../../options/duration.js";
import { formatGoTime, monthName, strftime, weekdayName } from "../go-template/go-time.js";
import { safeInteger } from "../values/number.js";
import { NUMBER, objectOf, STRING } from "../values/types.js";
import { numberValue, objectValue, stringValue, type Value } from "../values/value.js";
import {
  defineFunction,
  type FunctionContext,
  type FunctionDefinition,
  fail,
  numberOf,
  param,
  textOf,
} from "./definition.js";
import { formatDate, localDate, type Moment, momentText, parseMoment } from "./moments.js";

const timestamp = param("timestamp", STRING);
const FIELDS = ["year", "year_day", "day", "month", "weekday", "hour", "minute", "second", "iso_year", "iso_week"];
const NAMES = ["month_name", "weekday_name"];

/** Time functions (Packer §2.5). `timestamp` reads the clock; the `legacy_` functions use the start of the run. */
export function timeFunctions(context: FunctionContext): Readonly<Record<string, FunctionDefinition>> {
  const { lookups } = context;
  return {
    formatdate: defineFunction(STRING, [param("format", STRING), param("time", STRING)], (args) =>
      stringValue(formatDate(textOf(args, 0), momentOf(args, 1))),
    ),
    legacy_isotime: legacy((layout) => formatGoTime(lookups.startedAt, layout), lookups.startedAt),
    legacy_strftime: legacy((layout) => strftime(lookups.startedAt, layout), lookups.startedAt),
    rfc3339_parse: defineFunction(partsType("unix", NUMBER), [timestamp], (args) => {
      // Unlike the other functions, this one accepts a space in place of the "T".
      const moment = momentFrom(textOf(args, 0).replace(/^(\d{4}-\d\d-\d\d) /, "$1T"), 0);
      return partsOfTime(moment, "unix", numberValue(Math.floor(moment.time / 1000)));
    }),
    timeadd: defineFunction(STRING, [timestamp, param("duration", STRING)], (args) => {
      const moment = momentOf(args, 0);
      return stringValue(momentText({ ...moment, time: moment.time + durationOf(args, 1) }));
    }),
    timestamp: defineFunction(STRING, [], () => stringValue(momentText({ time: lookups.now().getTime(), offset: 0 }))),
    unix_timestamp_parse: defineFunction(partsType("rfc3339", STRING), [param("unix_timestamp", NUMBER)], (args) => {
      const seconds = safeInteger(numberOf(args, 0)) ?? fail("must be a whole number of seconds", 0);
      const moment = { time: seconds * 1000, offset: 0 };
      return partsOfTime(moment, "rfc3339", stringValue(momentText(moment)));
    }),
  };
}

function legacy(format: (layout: string) => string, startedAt: Date): FunctionDefinition {
  return defineFunction(
    STRING,
    [],
    (args) => {
      if (args.length > 1) fail("at most one layout is allowed");
      return stringValue(
        args.length === 0 ? momentText({ time: startedAt.getTime(), offset: 0 }) : format(textOf(args, 0)),
      );
    },
    param("format", STRING),
  );
}

function momentOf(args: readonly Value[], index: number): Moment {
  return momentFrom(textOf(args, index), index);
}

function momentFrom(text: string, index: number): Moment {
  const moment = parseMoment(text);
  return typeof moment === "string" ? fail(moment, index) : moment;
}

/** Unlike in options, every number except zero needs a unit. */
function durationOf(args: readonly Value[], index: number): number {
  const text = textOf(args, index);
  const duration = /^[+-]?\d+$/.test(text) && Number(text) !== 0 ? undefined : parseDuration(text);
  return (
    duration ??
    fail(`invalid duration: ${JSON.stringify(text)}; write a number with a unit, such as "10m" or "1h30m"`, index)
  );
}

function partsType(extra: string, type: typeof STRING) {
  const numbers = FIELDS.map((name) => [name, NUMBER] as const);
  return objectOf([...numbers, ...NAMES.map((name) => [name, STRING] as const), [extra, type] as const]);
}

function partsOfTime(moment: Moment, extra: string, value: Value): Value {
  const date = localDate(moment);
  const year = date.getUTCFullYear();
  const day = (y: number, m: number, d: number) => Math.floor(new Date(date).setUTCFullYear(y, m, d) / 86_400_000);
  const today = day(year, date.getUTCMonth(), date.getUTCDate());
  // The ISO year is that of the week's Thursday.
  const thursday = new Date((today - ((date.getUTCDay() + 6) % 7) + 3) * 86_400_000);
  const isoYear = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() / 86_400_000 - day(isoYear, 0, 1)) / 7) + 1;
  const numbers: Readonly<Record<string, number>> = {
    year,
    year_day: today - day(year, 0, 1) + 1,
    day: date.getUTCDate(),
    month: date.getUTCMonth() + 1,
    weekday: date.getUTCDay(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    iso_year: isoYear,
    iso_week: week,
  };
  return objectValue([
    ...Object.entries(numbers).map(([name, number]) => [name, numberValue(number)] as const),
    ["month_name", stringValue(monthName(date))],
    ["weekday_name", stringValue(weekdayName(date))],
    [extra, value],
  ]);
}
