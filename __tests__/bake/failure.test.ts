import { describe, expect, test } from "@jest/globals";
import { bake } from "../../src/bake/bake.js";
import { Cancelled } from "../../src/core/errors.js";
import type { BakeEvent } from "../../src/core/events.js";
import type { RunBuilder } from "../../src/core/parts.js";
import { partContext } from "../support/context.js";
import { intend, provisioner, provisioning, ready, setUp } from "./builds.js";

describe("on-error", () => {
  test.each([
    ["cleanup", ["a/instance"], 0],
    ["abort", [], 1],
    ["run-cleanup-provisioner", [], 1],
    ["ask", ["a/instance"], 0],
  ] as const)("%s", async (onError, released, kept) => {
    const bench = setUp([ready("a", intend("a"))], {}, { onError });
    await bake(bench.plan, bench.parts);
    expect(bench.released).toEqual(released);
    expect(bench.records.filter((record) => record.op === "kept")).toHaveLength(kept);
    const warned = bench.events.some((event) => event.type === "diagnostic" && event.diagnostic.code === "cannot-ask");
    expect(warned).toBe(onError === "ask");
  });

  test("a kept instance can be opened by a command, and a session is ended", async () => {
    const run: RunBuilder<unknown> = async (_options, context) => {
      const account = { region: "eu-west-1" };
      context.ledger.intend({ key: "a/session", kind: "session", build: "a", account });
      context.ledger.intend({ key: "a/instance", kind: "instance", build: "a", account });
      context.ledger.made("a/instance", "i-1");
      throw new Error("it broke");
    };
    const bench = setUp([ready("a", run)], {}, { onError: "abort" });
    await bake(bench.plan, bench.parts);
    expect(bench.released).toEqual(["a/session"]);
    expect(bench.records.flatMap((record) => (record.op === "kept" ? [record.key] : []))).toEqual(["a/instance"]);
    const said = bench.events.flatMap((event) => (event.type === "message" ? [event.text] : []));
    expect(said).toContain("To open a shell in it, run: bake-ami shell -region=eu-west-1 i-1");
  });

  /** Returns surroundings that answer prompts in order, and the prompts. */
  function answering(...answers: readonly string[]) {
    const questions: string[] = [];
    const ask = async (question: string) => {
      questions.push(question);
      return answers[questions.length - 1] ?? "";
    };
    return { questions, surroundings: { ...partContext("/").surroundings, ask } };
  }

  test.each([
    ["a keeps the resources", ["x", "a"], 1, []],
    ["c removes them", ["x", "c"], 1, ["a/instance"]],
    ["r runs the provisioner again", ["r", "r", "x", "c"], 3, ["a/instance"]],
  ] as const)("ask: %s", async (_, answers, runs, released) => {
    let ran = 0;
    const fails = async () => {
      ran++;
      throw new Error("it broke");
    };
    const run: RunBuilder<unknown> = async (options, context) => {
      context.ledger.intend({ key: "a/instance", kind: "instance", build: "a" });
      return provisioning(options, context);
    };
    const { questions, surroundings } = answering(...answers);
    const bench = setUp(
      [ready("a", run, { provisioners: [provisioner(fails)] })],
      { surroundings },
      { onError: "ask", interactive: true },
    );
    await bake(bench.plan, bench.parts);
    expect(ran).toBe(runs);
    expect(bench.released).toEqual(released);
    expect(questions.at(-1)).toMatch(/Build 'a' failed: it broke\n\[c\] Clean up/);
  });

  test("debug waits for Enter before each provisioner, one build at a time", async () => {
    const done: string[] = [];
    const step = (name: string) => provisioner(async () => void done.push(name));
    const builds = ["a", "b"].map((name) =>
      ready(name, provisioning, { provisioners: [step(`${name}1`), step(`${name}2`)] }),
    );
    const { questions, surroundings } = answering();
    const bench = setUp(builds, { surroundings }, { debug: true, interactive: true });
    await bake(bench.plan, bench.parts);
    expect(done).toEqual(["a1", "a2", "b1", "b2"]);
    expect(questions).toHaveLength(4);
    expect(questions[1]).toMatch(/^Pausing before provisioner 2 \(shell\)/);
  });

  test("a failure is reported before resources are released", async () => {
    const order: string[] = [];
    const listeners = [(event: BakeEvent) => void (event.type === "build-failing" && order.push(event.error.summary))];
    const release = async () => void order.push("released");
    const bench = setUp([ready("a", intend("a"))], { listeners, release });
    await bake(bench.plan, bench.parts);
    expect(order).toEqual(["it broke", "released"]);
  });

  test("a cancelled build cleans up regardless of on-error", async () => {
    const abort = new AbortController();
    const bench = setUp(
      [
        ready("a", async (options, context) => {
          abort.abort(new Cancelled());
          return intend("a")(options, context);
        }),
      ],
      { signal: abort.signal },
      { onError: "abort" },
    );
    const result = await bake(bench.plan, bench.parts);
    expect(result.outcome).toBe("cancelled");
    expect(bench.released).toEqual(["a/instance"]);
  });
});
