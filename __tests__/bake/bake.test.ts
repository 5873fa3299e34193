import { describe, expect, test } from "@jest/globals";
import { bake } from "../../src/bake/bake.js";
import type { BakeParts } from "../../src/bake/parts.js";
import type { AmiArtifact, Artifact } from "../../src/core/artifact.js";
import type { Communicator } from "../../src/core/communicator.js";
import { BakeError, Cancelled } from "../../src/core/errors.js";
import type { BakeEvent } from "../../src/core/events.js";
import { type LedgerRecord, openLedger } from "../../src/core/ledger.js";
import type { Machine, RunBuilder, RunPostProcessor, RunProvisioner, RunSettings } from "../../src/core/run.js";
import type { BakePlan, PostProcessorPlan, ProvisionerPlan, ReadyBuild } from "../../src/plan/plan.js";
import { partContext } from "../support/context.js";

const range = { file: "web.json", start: { offset: 0, line: 1, column: 1 }, end: { offset: 1, line: 1, column: 2 } };
const schema = { fields: {}, renamed: {}, check: undefined };
const node = { node: { kind: "object", entries: [], range }, diagnostics: [], secrets: [] } as const;

const ami: AmiArtifact = {
  kind: "ami",
  builderId: "mitchellh.amazonebs",
  buildRegion: "us-west-1",
  imageName: "web",
  account: { region: "us-west-1" },
  images: [{ region: "us-west-1", imageId: "ami-1", snapshotIds: [] }],
  missing: [],
  source: {
    imageId: "ami-0",
    name: "base",
    createdAt: "",
    owner: "",
    ownerAlias: "",
    architecture: "x86_64",
    tags: {},
  },
};
const files = (name: string): Artifact => ({ kind: "files", builderId: "x", files: [name], text: name });

function provisioner(run: RunProvisioner<unknown>, more: Partial<ProvisionerPlan> = {}): ProvisionerPlan {
  return {
    kind: { part: "provisioner", type: "shell", schema, needsMachine: true, load: async () => ({ run }) },
    range,
    pauseBefore: undefined,
    timeout: undefined,
    maxRetries: 0,
    continueOnError: false,
    prepare: () => ({ ok: true, options: {}, warnings: [], secrets: [] }),
    evaluated: node,
    ...more,
  };
}

function postProcessor(run: RunPostProcessor<unknown>, keepInputArtifact?: boolean): PostProcessorPlan {
  return {
    kind: { part: "post-processor", type: "pp", schema, load: async () => ({ run }) },
    name: "pp",
    range,
    keepInputArtifact,
    prepare: () => ({ ok: true, options: {}, warnings: [], secrets: [] }),
  };
}

function ready(name: string, run: RunBuilder<unknown>, more: Partial<ReadyBuild> = {}): ReadyBuild {
  return {
    state: "ready",
    identity: { name, shortName: name, sourceName: name, builderType: "test" },
    kind: { part: "builder", type: "test", schema, generatedData: [], load: async () => ({ run }) },
    options: {},
    evaluated: node,
    range,
    place: () => range,
    provisioners: [],
    errorCleanup: undefined,
    postProcessors: [],
    ...more,
  };
}

const communicator = { type: "none" } as Communicator;
const machine = (reachable = true): Machine => ({ communicator, data: { ID: "i-1" }, reachable: () => reachable });
const provisioning: RunBuilder<unknown> = async (_options, context) => {
  await context.provision(machine());
  return ami;
};

function setUp(builds: readonly ReadyBuild[], more: Partial<BakeParts> = {}, settings: Partial<RunSettings> = {}) {
  const context = partContext("/", settings);
  const events: BakeEvent[] = [];
  const records: LedgerRecord[] = [];
  const released: string[] = [];
  const destroyed: Artifact[] = [];
  const ledger = openLedger({ append: (record) => records.push(record) }, Date.now);
  const parts: BakeParts = {
    settings: context.settings,
    surroundings: context.surroundings,
    listeners: [(event) => events.push(event)],
    ledger,
    signal: new AbortController().signal,
    releaseSignal: new AbortController().signal,
    parallelBuilds: undefined,
    release: async (entries) => {
      for (const entry of entries) released.push(entry.intent.key);
    },
    childEnvironment: async () => ({}),
    fingerprint: async () => ({ known: false, why: "test" }),
    callerAddress: async () => "192.0.2.1",
    publish: undefined,
    inventory: undefined,
    destroy: async (artifact) => void destroyed.push(artifact),
    ...more,
  };
  const plan: BakePlan = {
    language: "json",
    path: "web.json",
    root: "/",
    builds,
    secrets: [],
    sources: [],
    variables: [],
  };
  return { plan, parts, events, records, released, destroyed, ledger };
}

const intend =
  (name: string): RunBuilder<unknown> =>
  async (_options, context) => {
    context.ledger.intend({ key: `${name}/instance`, kind: "instance", build: context.identity.name });
    throw new Error("it broke");
  };

describe("builds side by side", () => {
  test("one failure does not stop the others, and results stand in template order", async () => {
    const run = setUp([ready("a", intend("a")), ready("b", async () => ami)]);
    const result = await bake(run.plan, run.parts);
    expect(result.builds.map((build) => [build.identity.name, build.outcome])).toEqual([
      ["a", "failed"],
      ["b", "succeeded"],
    ]);
    expect(result.outcome).toBe("failed");
    expect(run.released).toEqual(["a/instance"]);
  });

  test("an error that names no place is told at the build's own", async () => {
    const wrong: RunBuilder<unknown> = async () => {
      throw new BakeError("no such thing", { code: "nothing", blame: "user" });
    };
    const bench = setUp([ready("a", wrong)]);
    const result = await bake(bench.plan, bench.parts);
    expect(result.builds[0]?.errors).toMatchObject([{ code: "nothing", range }]);
  });

  test.each(["provisioner", "post-processor"])(
    "an error of a %s that names no place is told at its own",
    async (part) => {
      const place = { ...range, file: part };
      const wrong = async () => {
        throw new BakeError("no such thing", { code: "nothing", blame: "user" });
      };
      const parts =
        part === "provisioner"
          ? { provisioners: [provisioner(wrong, { range: place })] }
          : { postProcessors: [[{ ...postProcessor(wrong), range: place }]] };
      const bench = setUp([ready("a", provisioning, parts)]);
      const result = await bake(bench.plan, bench.parts);
      expect(result.builds[0]?.errors).toMatchObject([{ code: "nothing", range: place }]);
    },
  );

  test.each([
    [1, 1],
    [2, 2],
    [0, 3],
  ])("parallel-builds %d runs at most %d at once", async (parallelBuilds, most) => {
    let now = 0;
    let seen = 0;
    const run: RunBuilder<unknown> = async () => {
      seen = Math.max(seen, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return ami;
    };
    const bench = setUp(
      ["a", "b", "c"].map((name) => ready(name, run)),
      { parallelBuilds },
    );
    await bake(bench.plan, bench.parts);
    expect(seen).toBe(most);
  });

  test("builds that would write one parameter are refused before they start", async () => {
    let started = 0;
    const run: RunBuilder<unknown> = async () => {
      started++;
      return ami;
    };
    const publish = { names: () => ["/images/web/latest"], run: async () => [] };
    const bench = setUp([ready("a", run), ready("b", run)], { publish });
    const result = await bake(bench.plan, bench.parts);
    expect(started).toBe(0);
    expect(result.builds.map((build) => build.errors[0]?.code)).toEqual(["parameter-clash", "parameter-clash"]);
  });
});

describe("provisioners", () => {
  test("retries, then the last error", async () => {
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

  test("timeout ends a provisioner that hangs, and says so", async () => {
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

  test("continue_on_error warns and goes on", async () => {
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

  test("are given the run's id and the machine's data", async () => {
    const seen: unknown[] = [];
    const look = provisioner(async (_options, context) => void seen.push(context.data));
    const bench = setUp([ready("a", provisioning, { provisioners: [look] })]);
    await bake(bench.plan, bench.parts);
    const known = { ID: "i-1", PackerRunUUID: "11111111-2222-3333-4444-555555555555" };
    // What the machine does not tell has Packer's values for it.
    expect(seen).toMatchObject([{ ...known, Host: "", PackerHTTPIP: "ERR_HTTP_IP_NOT_IMPLEMENTED_BY_BUILDER" }]);
  });
});

test("what scripts on this machine reach the account with is masked before they have it", async () => {
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
  const told = bench.events.filter((event) => event.type === "secret" || event.type === "message");
  expect(told).toMatchObject([
    { type: "secret", value: "s3cr3t/key" },
    { type: "secret", value: "t0ken" },
    { type: "message", text: "ASIAEXAMPLE s3cr3t/key t0ken 11111111-2222-3333-4444-555555555555" },
  ]);
});

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

  /** Answers questions in turn, and keeps them. */
  function asked(...answers: readonly string[]) {
    const questions: string[] = [];
    const ask = async (question: string) => {
      questions.push(question);
      return answers[questions.length - 1] ?? "";
    };
    return { questions, surroundings: { ...partContext("/").surroundings, ask } };
  }

  test.each([
    ["a keeps what was made", ["x", "a"], 1, []],
    ["c removes it", ["x", "c"], 1, ["a/instance"]],
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
    const { questions, surroundings } = asked(...answers);
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
    const { questions, surroundings } = asked();
    const bench = setUp(builds, { surroundings }, { debug: true, interactive: true });
    await bake(bench.plan, bench.parts);
    expect(done).toEqual(["a1", "a2", "b1", "b2"]);
    expect(questions).toHaveLength(4);
    expect(questions[1]).toMatch(/^Pausing before provisioner 2 \(shell\)/);
  });

  test("a failure is told before what was made is removed", async () => {
    const order: string[] = [];
    const listeners = [(event: BakeEvent) => void (event.type === "build-failing" && order.push(event.error.summary))];
    const release = async () => void order.push("released");
    const bench = setUp([ready("a", intend("a"))], { listeners, release });
    await bake(bench.plan, bench.parts);
    expect(order).toEqual(["it broke", "released"]);
  });

  test("a cancel cleans up whatever on-error says", async () => {
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

describe("an image that was made", () => {
  test("is told when a later step failed", async () => {
    const bench = setUp([
      ready("a", async (_options, context) => {
        context.keepImage(ami);
        throw new Error("tagging failed");
      }),
    ]);
    const result = await bake(bench.plan, bench.parts);
    expect(result.builds[0]).toMatchObject({ outcome: "failed", artifacts: [ami] });
  });

  test.each([
    [false, ["published", "complete"]],
    [true, ["published"]],
  ])("is completed after publishing, and not when that fails (%p)", async (fails, order) => {
    const seen: string[] = [];
    const build: RunBuilder<unknown> = async (_options, context) => {
      context.afterPublish(async () => void seen.push("complete"));
      return ami;
    };
    const publish = {
      names: () => [],
      run: async () => {
        seen.push("published");
        if (fails) throw new Error("the parameter did not move");
        return [];
      },
    };
    const bench = setUp([ready("a", build)], { publish });
    expect((await bake(bench.plan, bench.parts)).outcome).toBe(fails ? "failed" : "succeeded");
    expect(seen).toEqual(order);
  });

  test("what is to be completed last waits for all else", async () => {
    const seen: string[] = [];
    const build: RunBuilder<unknown> = async (_options, context) => {
      for (const [name, turns] of [
        ["slow copy", 5],
        ["quick copy", 1],
        ["first image", 0],
      ] as const) {
        context.afterPublish(async () => {
          for (let turn = 0; turn < turns; turn++) await Promise.resolve();
          seen.push(name);
        });
      }
      return ami;
    };
    const bench = setUp([ready("a", build)]);
    await bake(bench.plan, bench.parts);
    expect(seen).toEqual(["quick copy", "slow copy", "first image"]);
  });

  test.each([
    ["fail", "failed"],
    ["warn", "succeeded"],
  ] as const)(
    "a missing region with missing-region %s: %s, and what there is is published",
    async (missingRegion, outcome) => {
      const partial = { ...ami, missing: [{ region: "eu-west-1", reason: "no key" }] };
      const published: Artifact[] = [];
      const publish = {
        names: () => [],
        run: async (artifact: AmiArtifact) => {
          published.push(artifact);
          return [];
        },
      };
      const bench = setUp([ready("a", async () => partial)], { publish }, { missingRegion });
      expect((await bake(bench.plan, bench.parts)).outcome).toBe(outcome);
      expect(published).toEqual([partial]);
    },
  );
});

describe("post-processors", () => {
  const hand =
    (made: string, keep: boolean): RunPostProcessor<unknown> =>
    async () => ({ artifact: files(made), keepInput: { keep, forced: false } });
  const failing: RunPostProcessor<unknown> = async () => {
    throw new Error("post-processing failed");
  };

  test("a failed one leaves the image, and the build failed", async () => {
    const bench = setUp([ready("a", async () => ami, { postProcessors: [[postProcessor(failing)]] })]);
    const result = await bake(bench.plan, bench.parts);
    expect(result.builds[0]).toMatchObject({ outcome: "failed", artifacts: [ami] });
    expect(bench.destroyed).toEqual([]);
  });

  test("other pipelines run after a failed one", async () => {
    const bench = setUp([
      ready("a", async () => ami, { postProcessors: [[postProcessor(failing)], [postProcessor(hand("x", true))]] }),
    ]);
    const result = await bake(bench.plan, bench.parts);
    expect(result.builds[0]?.artifacts).toEqual([ami, files("x")]);
  });

  test("files that are not kept are destroyed, an AMI never", async () => {
    const built = files("built");
    const bench = setUp([
      ready("a", async () => built, {
        postProcessors: [[postProcessor(hand("one", false)), postProcessor(hand("two", false))]],
      }),
      ready("b", async () => ami, { postProcessors: [[postProcessor(hand("three", false))]] }),
    ]);
    const result = await bake(bench.plan, bench.parts);
    expect(bench.destroyed).toEqual([files("one"), built]);
    expect(result.builds.map((build) => build.artifacts)).toEqual([[files("two")], [ami, files("three")]]);
  });

  test.each([
    [true, 0],
    [false, 1],
  ])("keep_input_artifact %p beats the default", async (keep, destroyed) => {
    const bench = setUp([
      ready("a", async () => files("built"), { postProcessors: [[postProcessor(hand("one", !keep), keep)]] }),
    ]);
    await bake(bench.plan, bench.parts);
    expect(bench.destroyed).toHaveLength(destroyed);
  });

  test("an artifact that is handed on is listed once", async () => {
    const pass: RunPostProcessor<unknown> = async (artifact) => ({ artifact, keepInput: { keep: true, forced: true } });
    const bench = setUp([ready("a", async () => ami, { postProcessors: [[postProcessor(pass)]] })]);
    expect((await bake(bench.plan, bench.parts)).builds[0]?.artifacts).toEqual([ami]);
  });
});
