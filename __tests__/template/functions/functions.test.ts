import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { type Outcome, outcomeOf } from "../evaluating.js";
import { memoryLookups } from "../memory-lookups.js";

/** Each case is a result of Packer 1.16.0 (`error`: an error). */
interface Case extends Outcome {
  readonly expression: string;
}

const directory = new URL("./cases/", import.meta.url);
const lookups = { ...memoryLookups(), home: "/root" };

describe.each(readdirSync(directory))("%s", (file) => {
  const cases: readonly Case[] = JSON.parse(readFileSync(new URL(file, directory), "utf8"));

  test.each(cases)("$expression", ({ expression, ...expected }) => {
    expect(outcomeOf(expression, lookups)).toEqual(expected);
  });
});
