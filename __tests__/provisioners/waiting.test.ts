import { expect, test } from "@jest/globals";
import { noCommunicator } from "../../src/communicators/none.js";
import { Cancelled } from "../../src/core/errors.js";
import { breakpointOptions } from "../../src/provisioners/breakpoint/options.js";
import { run as pause } from "../../src/provisioners/breakpoint/run.js";
import { sleepOptions } from "../../src/provisioners/sleep/options.js";
import { run as sleep } from "../../src/provisioners/sleep/run.js";
import { decode, messagesIn, optionsFor, provisionerContext } from "./provision.js";

const context = (changes = {}) => provisionerContext(noCommunicator(), "/", changes);

test("sleep waits for its duration", async () => {
  const slept: number[] = [];
  const plain = context();
  const clock = {
    now: () => 0,
    sleep: async (ms: number) => {
      slept.push(ms);
    },
  };
  await sleep(optionsFor(sleepOptions, { duration: "1m30s" }, "/"), {
    ...plain,
    surroundings: { ...plain.surroundings, clock },
  });
  expect(slept).toEqual([90_000]);
  expect(messagesIn(plain.events)).toEqual(["Sleeping 1 minute 30 seconds..."]);
});

test("sleep ends when the build is aborted", async () => {
  const signal = AbortSignal.abort(new Cancelled("stop"));
  await expect(sleep(optionsFor(sleepOptions, { duration: "1h" }, "/"), context({ signal }))).rejects.toThrow("stop");
});

test("sleep requires a duration", () => {
  expect(decode(sleepOptions, {}, "/").diagnostics.map((each) => each.summary)).toEqual(['"duration" is required']);
});

test("a breakpoint without a terminal warns and continues", async () => {
  const plain = context();
  await pause(optionsFor(breakpointOptions, { note: "look" }, "/"), plain);
  expect(plain.events).toMatchObject([
    { type: "diagnostic", diagnostic: { severity: "warning", code: "breakpoint-without-terminal" } },
  ]);
});

test("a breakpoint at a terminal waits for Enter", async () => {
  const plain = context();
  const questions: string[] = [];
  const ask = async (question: string) => {
    questions.push(question);
    return "";
  };
  await pause(optionsFor(breakpointOptions, { note: "look" }, "/"), {
    ...plain,
    settings: { ...plain.settings, interactive: true },
    surroundings: { ...plain.surroundings, ask },
  });
  expect(questions).toEqual(["Press enter to continue."]);
  expect(messagesIn(plain.events)).toEqual(["Pausing at breakpoint provisioner: look"]);
});

test("a disabled breakpoint does not wait", async () => {
  const plain = context();
  await pause(optionsFor(breakpointOptions, { disable: true }, "/"), plain);
  expect(messagesIn(plain.events)).toEqual(["Breakpoint provisioner is disabled, continuing"]);
});
