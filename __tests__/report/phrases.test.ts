import { expect, test } from "@jest/globals";
import { shortDuration } from "../../src/report/phrases.js";

test.each([
  [-5, "0 ms"],
  [350, "350 ms"],
  [8000, "8 s"],
  [8240, "8.2 s"],
  [9970, "10 s"],
  [59_400, "59 s"],
  [60_000, "1 m"],
  [298_499, "4 m 58 s"],
  [3_599_600, "1 h"],
  [3_720_000, "1 h 2 m"],
])("%i milliseconds are %s", (ms, text) => expect(shortDuration(ms)).toBe(text));
