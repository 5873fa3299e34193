import { describe, expect, test } from "@jest/globals";
import { longestWait } from "../../../src/aws/client/wait.js";

describe("the timeout of a wait", () => {
  const own = 600_000;
  test.each([
    ["its own", undefined, {}, own],
    ["attempts times delay of the template", { max_attempts: 120, delay_seconds: 30 }, {}, 3_600_000],
    ["attempts alone stand for 15 s each", { max_attempts: 240, delay_seconds: undefined }, {}, 3_600_000],
    ["the environment", undefined, { AWS_MAX_ATTEMPTS: "240", AWS_POLL_DELAY_SECONDS: "5" }, 1_200_000],
    [
      "the template before the environment",
      { max_attempts: 100, delay_seconds: 10 },
      { AWS_MAX_ATTEMPTS: "999" },
      1_000_000,
    ],
    ["never less than its own", { max_attempts: 2, delay_seconds: 1 }, {}, own],
    ["not what is no number", undefined, { AWS_MAX_ATTEMPTS: "many" }, own],
  ])("%s", (_, polling, env, expected) => {
    expect(longestWait(own, polling, env)).toBe(expected);
  });
});
