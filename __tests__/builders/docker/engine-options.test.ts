import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Podman, podmanIn } from "../../docker/podman.js";
import { describeWithEngine, docker, engineScope, importBusybox } from "../../docker/real-engine.js";
import { type Ran, runReally } from "../../engine/running.js";
import { describeWith } from "../../provisioners/tools.js";
import { temporaryFolder } from "../../support/folder.js";

const folder = temporaryFolder("engine-options");

/** The start of a program that no current runner can execute: 64 bits, big-endian, IBM S/390. */
const ELF_OF_S390 = Buffer.from("7f454c4602020100000000000000000000020016", "hex");

/** An engine with a base image, and a function that runs its client. */
interface Tried {
  readonly program: string;
  readonly base: string;
  run(...args: readonly string[]): string;
}

/** Builds a template with one docker builder in a separate directory. */
async function build(
  tried: Tried,
  name: string,
  more: object,
  rest: object = {},
): Promise<Ran & { readonly cwd: string }> {
  const cwd = join(folder(), name);
  mkdirSync(cwd, { recursive: true });
  const builder = {
    type: "docker",
    docker_path: tried.program,
    image: tried.base,
    pull: false,
    run_command: ["-d", "-i", "-t", "--network=none", "--entrypoint=/bin/sh", "--", "{{.Image}}"],
    ...more,
  };
  writeFileSync(join(cwd, "web.json"), JSON.stringify({ builders: [builder], ...rest }));
  const { DOCKER_HOST } = process.env;
  const env = { XDG_STATE_HOME: cwd, ...(DOCKER_HOST ? { DOCKER_HOST } : {}) };
  return { ...(await runReally(["build", "-color=false", "web.json"], { cwd, env })), cwd };
}

/** Returns containers and unfinished images of the run, and ledgers. A test expects none. */
function left({ run }: Tried, { cwd, out }: { readonly cwd: string; readonly out: string }): readonly string[] {
  const ledgers = join(cwd, "bake-ami", "ledgers");
  const own = /--name (bake-ami-[0-9a-f]+)-/.exec(out)?.[1];
  if (own === undefined) throw new Error(`no container was started:\n${out}`);
  return [
    ...run("ps", "-aq", "--filter", `name=${own}`).split("\n"),
    ...run("images", "-q", "--filter", `reference=*${own}*:unfinished`).split("\n"),
    ...(existsSync(ledgers) ? readdirSync(ledgers) : []),
  ].filter((each) => each !== "");
}

function testsOn(tried: () => Tried, platform: () => string): void {
  test("platform, runtime, device, capabilities and tmpfs apply to the container, author and message to the image", async () => {
    const engine = tried();
    const at = `${engine.base.replace(/:1$/, "")}-options`;
    const options = {
      commit: true,
      platform: platform(),
      runtime: "runc",
      device: ["/dev/null:/dev/mine"],
      cap_drop: ["ALL"],
      cap_add: ["CHOWN", "DAC_OVERRIDE"],
      tmpfs: ["/scratch:size=64k"],
      author: "Jane <jane@example.org>",
      message: "baked by hand",
    };
    const { code, out, err, cwd } = await build(engine, "options", options, {
      provisioners: [
        {
          type: "shell",
          inline: ["ls -l /dev/mine", "grep -E 'scratch|CapEff' /proc/mounts /proc/self/status", "echo x >/x"],
        },
        { type: "shell-local", inline: [`${engine.program} container inspect {{build \`ID\`}} >container.json`] },
      ],
      "post-processors": [{ type: "docker-tag", docker_path: engine.program, repository: at, tag: "1" }],
    });
    expect({ code, err, out }).toMatchObject({ code: 0 });
    expect(out).toMatch(/crw.* 1, +3 .*\/dev\/mine/);
    expect(out).toMatch(/CapEff:\s*0*3\b/);
    expect(out).toMatch(/\/scratch tmpfs .*size=64k/);
    const [container] = JSON.parse(readFileSync(join(cwd, "container.json"), "utf8"));
    expect(container.HostConfig.Runtime ?? container.OCIRuntime).toMatch(/runc$|^oci$/);
    const [image] = JSON.parse(engine.run("image", "inspect", `${at}:1`));
    expect([image.Author, `${image.Os}/${image.Architecture}`]).toEqual(["Jane <jane@example.org>", platform()]);
    expect(image.Comment).toBe("baked by hand");
    expect(left(engine, { cwd, out })).toEqual([]);
  }, 120_000);

  test("an image of another architecture is reported, and nothing is left", async () => {
    const { run, program, base } = tried();
    const cwd = join(folder(), "foreign");
    mkdirSync(join(cwd, "root/bin"), { recursive: true });
    writeFileSync(join(cwd, "root/bin/sh"), ELF_OF_S390, { mode: 0o755 });
    execFileSync("tar", ["-C", join(cwd, "root"), "-cf", join(cwd, "root.tar"), "."]);
    const foreign = base.replace(/base:1$/, "foreign:1");
    run("import", join(cwd, "root.tar"), foreign);
    const { code, err, out } = await build({ run, program, base: foreign }, "foreign", { discard: true });
    expect(code).toBe(1);
    expect(out + err).toMatch(
      /exited right after it started[\s\S]*Hint: Set "platform" to the architecture of the engine's host/,
    );
    expect(left(tried(), { cwd, out })).toEqual([]);
  }, 60_000);

  test("a script that fails leaves nothing", async () => {
    const provisioners = [{ type: "shell", inline: ["exit 3"] }];
    const { code, err, out, cwd } = await build(tried(), "fails", { commit: true }, { provisioners });
    expect(code).toBe(1);
    expect(err).not.toContain("could not be removed");
    expect(left(tried(), { cwd, out })).toEqual([]);
  }, 60_000);

  test.each<[string, object, RegExp]>([
    [
      "a runtime",
      { runtime: "nosuch" },
      /runtime.*nosuch[\s\S]*Hint: Remove "runtime", or set it to a runtime that "docker info" lists/,
    ],
    ["a platform", { platform: "linux/s390x" }, /(linux\/s390x|not known)[\s\S]*Hint: .*platform/],
    ["a device", { device: ["/dev/nosuch"] }, /\/dev\/nosuch[\s\S]*Hint: Check "device"/],
    ["a capability", { cap_add: ["NOSUCH"] }, /unknown capability[\s\S]*Hint: Check "device", "cap_add"/],
    ["a folder", { tmpfs: ["relative"] }, /relative[\s\S]*Hint: Check "device"/],
  ])(
    "%s that the engine does not have is reported, and nothing is left",
    async (name, options, expected) => {
      const { code, err, out, cwd } = await build(tried(), `no ${name}`, { discard: true, ...options });
      expect(code).toBe(1);
      expect(out + err).toMatch(expected);
      expect(left(tried(), { cwd, out })).toEqual([]);
    },
    60_000,
  );
}

describeWithEngine("container options", () => {
  describe("on Docker", () => {
    const scope = engineScope();
    testsOn(
      () => ({ program: "docker", base: scope.base, run: docker }),
      () => docker("version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"),
    );
  });

  describeWith("podman", "apt-get install podman")("on Podman", () => {
    let podman: Podman;
    const base = "localhost/base:1";
    beforeAll(() => {
      podman = podmanIn(join(folder(), "podman"));
      importBusybox(base, podman.program);
    });
    afterAll(() => {
      podman.run("rm", "--all", "--force");
      podman.run("rmi", "--all", "--force");
    });
    testsOn(
      () => ({ ...podman, base }),
      () => podman.run("version", "--format", "{{.Client.OsArch}}"),
    );
  });
});
