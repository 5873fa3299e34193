const MONTHS = "January February March April May June July August September October November December".split(" ");
const WEEKDAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

/** Returns the English name of the month of a date, in UTC. */
export function monthName(date: Date): string {
  return MONTHS[date.getUTCMonth()] ?? "";
}

/** Returns the English name of the weekday of a date, in UTC. */
export function weekdayName(date: Date): string {
  return WEEKDAYS[date.getUTCDay()] ?? "";
}

/** The elements of a layout, in the order in which Go tries them. All other text is copied. */
const ELEMENTS = new RegExp(
  [
    "January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST",
    "0[1-6]|002|15|1|2006|__2|_2(?!006)|2|3|4|5|PM|pm",
    "-07:00:00|-070000|-07:00|-0700|-07|Z07:00:00|Z070000|Z07:00|Z0700|Z07",
    "[.,](?:0+|9+)(?!\\d)",
  ].join("|"),
  "g",
);

const pad = (value: number, width: number, fill = "0") => String(value).padStart(width, fill);

/** Formats a time in UTC by a layout of Go's `time.Format` (package time, "Constants"). */
export function formatGoTime(moment: Date, layout: string): string {
  return layout.replace(ELEMENTS, (element) => formatElement(moment, element));
}

function formatElement(moment: Date, element: string): string {
  if (/^[.,]/.test(element)) return fraction(moment, element);
  if (element.startsWith("Z")) return "Z";
  if (element.startsWith("-")) return element.replace("-", "+").replace("7", "0");
  const [hour, day, month] = [moment.getUTCHours(), moment.getUTCDate(), moment.getUTCMonth()];
  switch (element) {
    case "2006":
      return pad(moment.getUTCFullYear(), 4);
    case "06":
      return pad(moment.getUTCFullYear() % 100, 2);
    case "January":
      return monthName(moment);
    case "Jan":
      return monthName(moment).slice(0, 3);
    case "01":
      return pad(month + 1, 2);
    case "1":
      return String(month + 1);
    case "02":
      return pad(day, 2);
    case "_2":
      return pad(day, 2, " ");
    case "2":
      return String(day);
    case "002":
      return pad(dayOfYear(moment), 3);
    case "__2":
      return pad(dayOfYear(moment), 3, " ");
    case "Monday":
      return weekdayName(moment);
    case "Mon":
      return weekdayName(moment).slice(0, 3);
    case "15":
      return pad(hour, 2);
    case "03":
      return pad(hour % 12 || 12, 2);
    case "3":
      return String(hour % 12 || 12);
    case "04":
      return pad(moment.getUTCMinutes(), 2);
    case "4":
      return String(moment.getUTCMinutes());
    case "05":
      return pad(moment.getUTCSeconds(), 2);
    case "5":
      return String(moment.getUTCSeconds());
    case "PM":
      return hour >= 12 ? "PM" : "AM";
    case "pm":
      return hour >= 12 ? "pm" : "am";
    default:
      return "UTC";
  }
}

/** `.000` keeps all digits; `.999` removes trailing zeros, and the point when no digit remains. */
function fraction(moment: Date, element: string): string {
  const digits = pad(moment.getUTCMilliseconds(), 3)
    .padEnd(9, "0")
    .slice(0, element.length - 1)
    .padEnd(element.length - 1, "0");
  if (element.endsWith("0")) return element.charAt(0) + digits;
  const kept = digits.replace(/0+$/, "");
  return kept === "" ? "" : element.charAt(0) + kept;
}

function dayOfYear(moment: Date): number {
  const year = moment.getUTCFullYear();
  return (
    Math.round((Date.UTC(year, moment.getUTCMonth(), moment.getUTCDate()) - Date.UTC(year, 0, 1)) / 86_400_000) + 1
  );
}

/** The Go layout of each directive. Packer supports only these and copies any other. */
const LAYOUTS: Readonly<Record<string, string>> = {
  a: "Mon",
  A: "Monday",
  b: "Jan",
  B: "January",
  d: "02",
  H: "15",
  I: "03",
  L: ".000",
  m: "01",
  M: "04",
  p: "PM",
  S: "05",
  y: "06",
  Y: "2006",
  z: "-0700",
  Z: "MST",
};

/** Formats a time in UTC by a strftime layout, as Packer's `strftime` does: `%L` prints `.123`. */
export function strftime(moment: Date, layout: string): string {
  return layout.replace(/%(.)/gsu, (directive, letter: string) => {
    if (letter === "%") return "%";
    const known = Object.hasOwn(LAYOUTS, letter) ? LAYOUTS[letter] : undefined;
    return known === undefined ? directive : formatGoTime(moment, known);
  });
}
