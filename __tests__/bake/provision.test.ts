import { describe, expect, test } from "@jest/globals";
import { bake } from "../../src/bake/bake.js";
import { Cancelled } from "../../src/core/errors.js";
import type { RunBuilder } from "../../src/core/parts.js";
import { ami, machine, provisioner, provisioning, ready, setUp } from "./builds.js";

describe("provisioners", () => {
  test("rejects with the last error after retries", async () => {
    let attempts = 0;
    const failing = provisioner(
      async () => {
        throw new Error(`attempt ${++attempts}`);
      },
      { maxRetries: 2 },
    );
    const bench = setUp([ready("a", provisioning, { provisioners: [failing] })]);
    const result = await bake(bench.plan, bench.parts);
    expect(result.builds[0]?.errors[0]?.summary).toBe("attempt 3");
  });

  test("a provisioner that exceeds its timeout fails", async () => {
    const hanging = provisioner(
      (_options, context) =>
        new Promise((_resolve, reject) => {
          context.signal.addEventListener("abort", () => reject(new Cancelled()));
        }),
      { timeout: 5 },
    );
    const bench = setUp([ready("a", provisioning, { provisioners: [hanging] })]);
    const result = await bake(bench.plan, bench.parts);
    expect(result.builds[0]?.outcome).toBe("failed");
    expect(result.builds[0]?.errors[0]?.code).toBe("provisioner-timeout");
  });

  test("continue_on_error turns a failure into a warning", async () => {
    const ran: string[] = [];
    const first = provisioner(
      async () => {
        throw new Error("no");
      },
      { continueOnError: true },
    );
    const second = provisioner(async () => void ran.push("second"));
    const bench = setUp([ready("a", provisioning, { provisioners: [first, second] })]);
    expect((await bake(bench.plan, bench.parts)).outcome).toBe("succeeded");
    expect(ran).toEqual(["second"]);
  });

  test.each([
    [true, 1],
    [false, 0],
  ])("error-cleanup runs while the machine is reachable (%p)", async (reachable, times) => {
    let ran = 0;
    const build: RunBuilder<unknown> = async (_options, context) => {
      await context.provision(machine(reachable));
      throw new Error("the stop failed");
    };
    const bench = setUp([ready("a", build, { errorCleanup: provisioner(async () => void ran++) })]);
    await bake(bench.plan, bench.parts);
    expect(ran).toBe(times);
  });

  test.each([
    ["succeeds where the machine ended as expected", [true], "succeeded", 1],
    ["fails where it did not", [false, false], "failed", 2],
    ["succeeds where it ended during a retry", [false, true], "succeeded", 2],
  ])("the last provisioner %s", async (_what, answers, outcome, times) => {
    const seen: unknown[] = [];
    const build: RunBuilder<unknown> = async (_options, context) => {
      await context.provision(machine(), async (error) => {
        seen.push(error);
        return answers[seen.length - 1] ?? false;
      });
      return ami;
    };
    const lost = new Error("the connection was lost");
    const ending = provisioner(async () => Promise.reject(lost), { maxRetries: 1 });
    const bench = setUp([ready("a", build, { provisioners: [provisioner(async () => undefined), ending] })]);
    expect((await bake(bench.plan, bench.parts)).outcome).toBe(outcome);
    expect(seen).toEqual(Array.from({ length: times }, () => lost));
  });

  test("an earlier provisioner fails also where the machine ended as the last one may end it", async () => {
    const build: RunBuilder<unknown> = async (_options, context) => {
      await context.provision(machine(), async () => true);
      return ami;
    };
    const ending = provisioner(async () => Promise.reject(new Error("the connection was lost")));
    const bench = setUp([ready("a", build, { provisioners: [ending, provisioner(async () => undefined)] })]);
    expect((await bake(bench.plan, bench.parts)).outcome).toBe("failed");
  });

  test("receive the run's UUID and the machine's data", async () => {
    const seen: unknown[] = [];
    const reading = provisioner(async (_options, context) => void seen.push(context.data));
    const bench = setUp([ready("a", provisioning, { provisioners: [reading] })]);
    await bake(bench.plan, bench.parts);
    const known = { ID: "i-1", PackerRunUUID: "11111111-2222-3333-4444-555555555555" };
    // Values that the machine does not provide are Packer's.
    expect(seen).toMatchObject([{ ...known, Host: "", PackerHTTPIP: "ERR_HTTP_IP_NOT_IMPLEMENTED_BY_BUILDER" }]);
  });
});

test("ambient credentials are masked before scripts of a build without an account receive them", async () => {
  const build: RunBuilder<unknown> = async (_options, context) => {
    await context.provision(machine());
    return ami;
  };
  const script = provisioner(async (_options, context) => {
    const env = { ...context.surroundings.env, ...(await context.childEnvironment()) };
    context.narrator.message(`${env.AWS_SECRET_ACCESS_KEY} ${env.AWS_SESSION_TOKEN} ${env.AWS_SECURITY_TOKEN}`);
  });
  const bench = setUp([ready("a", build, { provisioners: [script] })]);
  const env = {
    ...{ AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "ambient/key" },
    ...{ AWS_SESSION_TOKEN: "ambient/token", AWS_SECURITY_TOKEN: "ambient/token", AWS_SECRET_KEY: "" },
  };
  await bake(bench.plan, { ...bench.parts, surroundings: { ...bench.parts.surroundings, env } });
  const emitted = bench.events.filter((event) => event.type === "secret" || event.type === "message");
  expect(emitted).toMatchObject([
    { type: "secret", value: "ambient/key" },
    { type: "secret", value: "ambient/token" },
    { type: "message", text: "ambient/key ambient/token ambient/token" },
  ]);
});

test("credentials are masked before scripts on the runner receive them", async () => {
  const keys = { AWS_ACCESS_KEY_ID: "ASIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "s3cr3t/key", AWS_SESSION_TOKEN: "t0ken" };
  const account = { region: "us-east-1" };
  const build: RunBuilder<unknown> = async (_options, context) => {
    context.useAccount(account);
    await context.provision(machine());
    return ami;
  };
  const script = provisioner(async (_options, context) => {
    context.narrator.message(Object.values(await context.childEnvironment()).join(" "));
  });
  const bench = setUp([ready("a", build, { provisioners: [script] })], { childEnvironment: async () => keys });
  await bake(bench.plan, bench.parts);
  const emitted = bench.events.filter((event) => event.type === "secret" || event.type === "message");
  expect(emitted).toMatchObject([
    { type: "secret", value: "s3cr3t/key" },
    { type: "secret", value: "t0ken" },
    { type: "message", text: "ASIAEXAMPLE s3cr3t/key t0ken 11111111-2222-3333-4444-555555555555" },
  ]);
});
