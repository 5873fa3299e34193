import { formatGoTime } from "./go-time.js";

/** What each directive is as a Go layout. Packer knows these alone and leaves any other as it is written. */
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

/** Formats a moment in UTC by a strftime layout, as Packer's `strftime` does: `%L` gives `.123`. */
export function strftime(moment: Date, layout: string): string {
  return layout.replace(/%(.)/gsu, (directive, letter: string) => {
    if (letter === "%") return "%";
    const known = Object.hasOwn(LAYOUTS, letter) ? LAYOUTS[letter] : undefined;
    return known === undefined ? directive : formatGoTime(moment, known);
  });
}
