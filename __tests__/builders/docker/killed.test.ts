import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { releaseLocal } from "../../../src/cleanup/local.js";
import { narrator } from "../../../src/core/events.js";
import { openLedger } from "../../../src/core/ledger.js";
import { startCommandLine, until, writeCommandLine } from "../../docker/command-line.js";
import { describeWithEngine, docker, engineScope } from "../../docker/real-engine.js";
import { temporaryFolder } from "../../support/folder.js";

const folder = temporaryFolder("docker-killed");

/** Arguments of a release without an account. */
const parts = {
  ledger: openLedger({ append: () => undefined }, Date.now),
  narrator: narrator([], Date.now),
  now: Date.now,
  signal: new AbortController().signal,
  env: process.env,
  openSession: () => {
    throw new Error("there is no account");
  },
};

describeWithEngine("docker builds that are killed", () => {
  const scope = engineScope();
  let program = "";
  beforeAll(() => {
    program = writeCommandLine(folder());
  });

  const env = (): Record<string, string> => ({
    PATH: process.env.PATH ?? "",
    HOME: folder(),
    XDG_STATE_HOME: folder(),
    ...(process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {}),
  });
  const run = (args: readonly string[]) => startCommandLine(program, args, { cwd: folder(), env: env() });
  const listed = (...args: readonly string[]) =>
    docker(...args)
      .split("\n")
      .filter((line) => line !== "");
  const containers = () => listed("ps", "-aq", "--filter", `ancestor=${scope.base}`);
  const unfinished = () => listed("images", "-q", "--filter", "reference=bake-ami-*:unfinished");
  const dangling = () => listed("images", "-q", "--filter", "dangling=true").sort();
  const ledgers = () => {
    const path = join(folder(), "bake-ami/ledgers");
    return existsSync(path) ? readdirSync(path) : [];
  };

  /** A client that runs a command but never returns: a lost response. */
  const silentAt = (command: string): string => {
    const path = join(folder(), `silent-${command}`);
    const script = `#!/bin/sh
if [ "$1" = ${command} ]; then
  docker "$@" >/dev/null
  echo "done with $1" >&2
  echo $$ >>'${folder()}/hanging'
  exec tail -f /dev/null
fi
exec docker "$@"
`;
    writeFileSync(path, script, { mode: 0o755 });
    return path;
  };

  /** Kills the hanging clients that a killed build left. */
  afterEach(() => {
    const path = join(folder(), "hanging");
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    for (const pid of text.split("\n").filter((line) => /^[1-9]\d*$/.test(line))) {
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch {
        // It has exited.
      }
    }
    writeFileSync(path, "");
  });

  const template = (name: string, builder: object, inline: readonly string[]): string => {
    const path = join(folder(), `${name}.json`);
    const builders = [{ type: "docker", image: scope.base, pull: false, ...builder }];
    writeFileSync(path, JSON.stringify({ builders, provisioners: [{ type: "shell", inline }] }));
    return path;
  };

  test("SIGTERM while a script runs: the container is removed before the process exits", async () => {
    const bake = run(["build", template("term", { commit: true }, ["echo up", "sleep 7777"])]);
    await bake.said("docker: up");
    expect(containers()).toHaveLength(1);
    expect(await bake.end("SIGTERM")).toBe(1);
    expect([containers(), ledgers()]).toEqual([[], []]);
  });

  test("SIGKILL while a script runs: cleanup removes the container", async () => {
    const bake = run(["build", template("kill", { commit: true }, ["echo up", "sleep 7777"])]);
    await bake.said("docker: up");
    await bake.end("SIGKILL");
    expect(containers()).toHaveLength(1);
    const cleanup = run(["cleanup"]);
    await cleanup.said("removed: container");
    expect(await cleanup.ended()).toBe(0);
    expect([containers(), ledgers()]).toEqual([[], []]);
  });

  test.each([
    ["run", 1, 0],
    ["commit", 1, 1],
  ])(
    "SIGKILL when the response of docker %s was lost: cleanup finds what it created",
    async (command, made, images) => {
      const before = dangling();
      const bake = run(["build", template(command, { commit: true, docker_path: silentAt(command) }, ["echo x >/x"])]);
      await until(
        () => existsSync(join(folder(), "hanging")) && readFileSync(join(folder(), "hanging"), "utf8") !== "",
      );
      await bake.end("SIGKILL");
      expect([containers().length, unfinished().length]).toEqual([made, images]);
      const cleanup = run(["cleanup"]);
      expect(await cleanup.ended()).toBe(0);
      expect([containers(), unfinished(), ledgers()]).toEqual([[], [], []]);
      expect(dangling()).toEqual(before);
    },
  );

  test.each(["SIGTERM", "SIGKILL"] as const)("%s while a Dockerfile is built: nothing is left", async (signal) => {
    const context = join(folder(), signal);
    mkdirSync(context);
    writeFileSync(join(context, "Dockerfile"), `FROM ${scope.base}\nRUN echo at work; sleep 7777\n`);
    const before = dangling();
    const build = { path: `${context}/Dockerfile`, build_dir: context, pull: false };
    const bake = run(["build", template(`building-${signal}`, { image: "", build, commit: true }, ["true"])]);
    await bake.said("docker: at work");
    await bake.end(signal);
    if (signal === "SIGKILL") expect(await run(["cleanup"]).ended()).toBe(0);
    // An engine needs a moment to stop the running step.
    await until(() => containers().length === 0);
    expect([unfinished(), dangling(), ledgers()]).toEqual([[], before, []]);
  });

  test("a base image of a Dockerfile leaves no name, and exists while the committed image needs it", async () => {
    const context = join(folder(), "context");
    mkdirSync(context);
    writeFileSync(
      join(context, "Dockerfile"),
      `FROM ${scope.base}\nARG word\nRUN echo $word >/built\nCMD ["cat", "/built"]\n`,
    );
    const before = dangling();
    const build = { path: `${context}/Dockerfile`, build_dir: context, pull: false, arguments: { word: "first" } };
    const at = (name: string, more: object, inline: readonly string[]) =>
      run(["build", template(name, { image: "", build, ...more }, inline)]);
    const failing = at("failing", { commit: true }, ["cat /built", "exit 3"]);
    await failing.said("docker: first");
    expect(await failing.ended()).toBe(1);
    const discarding = at("discarding", { discard: true }, ["true"]);
    expect(await discarding.ended()).toBe(0);
    expect([containers(), unfinished(), dangling(), ledgers()]).toEqual([[], [], before, []]);
    const committing = at("committing", { commit: true }, ["echo x >/x"]);
    expect(await committing.ended()).toBe(0);
    const id = /Image ID: (sha256:\w+)/.exec(committing.output())?.[1] ?? "";
    try {
      expect(docker("run", "--rm", "--network=none", id)).toBe("first");
      expect([containers(), unfinished(), ledgers()]).toEqual([[], [], []]);
    } finally {
      docker("rmi", id);
    }
    expect(dangling()).toEqual(before);
  });
});

describeWithEngine("release of late containers", () => {
  const scope = engineScope();
  test("a container that appears after the first check is removed", async () => {
    const name = scope.name("late").replaceAll("/", "-");
    const intent = { key: "k", kind: "container", build: "docker", name } as const;
    const releasing = releaseLocal({ kind: "container", id: undefined, intent, at: Date.now() }, parts);
    docker("run", "-d", "--name", name, scope.base, "sleep", "3600");
    expect(await releasing).toBe(name);
    expect(docker("ps", "-aq", "--filter", `name=${name}`)).toBe("");
  });

  test.each(["container", "docker-image"] as const)("a %s that no longer exists counts as released", async (kind) => {
    const intent = { key: "k", kind, build: "docker", name: `${scope.name("gone")}:1` };
    expect(await releaseLocal({ kind, id: "bake-ami-gone", intent, at: 0 }, parts)).toBeUndefined();
    expect(await releaseLocal({ kind, id: undefined, intent, at: 0 }, parts)).toBeUndefined();
  });
});

describe("without an engine", () => {
  test("a container that cannot be checked is an error, not released", async () => {
    const intent = {
      key: "k",
      kind: "container",
      build: "docker",
      name: "x",
      details: { program: "/nowhere" },
    } as const;
    const releasing = releaseLocal({ kind: "container", id: undefined, intent, at: 0 }, parts);
    await expect(releasing).rejects.toThrow('"/nowhere" was not found on this host');
  });
});
