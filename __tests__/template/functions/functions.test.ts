import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { type Outcome, outcomeOf } from "../evaluating.js";
import { memoryLookups } from "../memory-lookups.js";

/** Each case was answered by Packer 1.16.0 (`error`: it refuses). */
interface Case extends Outcome {
  readonly expression: string;
}

const folder = new URL("./cases/", import.meta.url);
const lookups = { ...memoryLookups(), home: "/root" };

describe.each(readdirSync(folder))("%s", (file) => {
  const cases: readonly Case[] = JSON.parse(readFileSync(new URL(file, folder), "utf8"));

  test.each(cases)("$expression", ({ expression, ...expected }) => {
    expect(outcomeOf(expression, lookups)).toEqual(expected);
  });
});
