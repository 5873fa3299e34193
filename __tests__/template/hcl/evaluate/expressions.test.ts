import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { type Outcome, outcomeOf } from "../../evaluating.js";

/** The results are those of Packer 1.16.0 (`error`: it fails). `unknown(x)` is an unknown value of the type of x. */
interface Case extends Outcome {
  readonly expression: string;
}

const directory = new URL("./cases/", import.meta.url);

describe.each(readdirSync(directory))("%s", (file) => {
  const cases: readonly Case[] = JSON.parse(readFileSync(new URL(file, directory), "utf8"));

  test.each(cases)("$expression", ({ expression, ...expected }) => {
    expect(outcomeOf(expression)).toEqual(expected);
  });
});
