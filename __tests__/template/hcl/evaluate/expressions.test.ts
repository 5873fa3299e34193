import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { type Outcome, outcomeOf } from "../../evaluating.js";

/** Each case was answered by Packer 1.16.0 (`error`: it refuses). `unknown(x)` is a value of x's type that is not known. */
interface Case extends Outcome {
  readonly expression: string;
}

const folder = new URL("./cases/", import.meta.url);

describe.each(readdirSync(folder))("%s", (file) => {
  const cases: readonly Case[] = JSON.parse(readFileSync(new URL(file, folder), "utf8"));

  test.each(cases)("$expression", ({ expression, ...expected }) => {
    expect(outcomeOf(expression)).toEqual(expected);
  });
});
