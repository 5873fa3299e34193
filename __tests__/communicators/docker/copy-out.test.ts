import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, test } from "@jest/globals";
import { dockerCommunicator } from "../../../src/communicators/docker/communicator.js";
import { systemClock } from "../../../src/core/clock.js";
import { noDebug } from "../../../src/core/debug.js";
import { describeWithEngine, docker, engineScope } from "../../docker/real-engine.js";
import { temporaryFolder } from "../../support/folder.js";

const folder = temporaryFolder("docker-copy-out");
const at = (...names: string[]) => join(folder(), ...names);

describeWithEngine("downloads from a container", () => {
  const scope = engineScope();
  let container = "";

  beforeAll(() => {
    container = scope.name("copy-out").replaceAll("/", "-");
    docker("run", "--detach", "--name", container, "--tmpfs", "/mem", scope.base, "sleep", "3600");
  });

  beforeEach(() => {
    rmSync(at("to"), { recursive: true, force: true });
    mkdirSync(at("to"));
  });

  /** Makes files in the container with a script that runs in an empty directory. */
  const make = (directory: string, script: string) =>
    docker("exec", container, "sh", "-c", `rm -rf ${directory}; mkdir -p ${directory} && cd ${directory} && ${script}`);

  const download = async (source: string) => {
    const warnings: string[] = [];
    const given = { engine: { program: "docker", env: process.env }, container, execUser: undefined, pty: false };
    const communicator = dockerCommunicator({ ...given, fixUploadOwner: true, clock: systemClock, debug: noDebug });
    await communicator.downloadDirectory(source, at("to"), { onWarning: (text) => warnings.push(text) });
    return warnings;
  };

  const files = (directory: string) =>
    readdirSync(at("to", directory), { recursive: true, encoding: "utf8" })
      .filter((name) => statSync(at("to", directory, name)).isFile())
      .sort()
      .map((name) => `${name}: ${readFileSync(at("to", directory, name), "utf8")}`);

  test.each([["/d"], ["/mem/d"]])(
    "all names of a file arrive from %s: hard links and links, in any order",
    async (path) => {
      const links =
        "ln m a-hard; ln m z-hard; ln -s m b-soft; ln -s b-soft c-chain; ln -s m y-soft; ln -s ../m sub/soft";
      make(path, `mkdir sub; printf x >m; chmod 750 m; ${links}; ln -s ${path}/m absolute`);
      expect(await download(`${path}/`)).toEqual([]);
      expect(files("d")).toEqual(
        ["a-hard", "absolute", "b-soft", "c-chain", "m", "sub/soft", "y-soft", "z-hard"].map((name) => `${name}: x`),
      );
      expect(statSync(at("to/d/c-chain")).mode & 0o777).toBe(0o750);
    },
  );

  test("links to directories, and links out of the directory, are followed", async () => {
    make("/other", "mkdir deep; printf o >deep/file; printf s >single; ln -s deep again");
    make("/d", "mkdir sub; printf x >sub/x; ln -s sub within; ln -s /other out; ln -s /other/single lone");
    await download("/d/");
    expect(files("d")).toEqual([
      "lone: s",
      "out/again/file: o",
      "out/deep/file: o",
      "out/single: s",
      "sub/x: x",
      "within/x: x",
    ]);
  });

  test("a source that is a link arrives under its own name", async () => {
    make("/releases", "mkdir 42; printf x >42/x; ln -s x 42/y; printf s >42/s; ln -s 42 current; ln -s 42/s last");
    await download("/releases/current/");
    expect(files("current")).toEqual(["s: s", "x: x", "y: x"]);
    await download("/releases/la*");
    expect(readFileSync(at("to/last"), "utf8")).toBe("s");
  });

  test.each([
    ["to its parent", "mkdir sub; ln -s .. sub/up"],
    ["to itself by another", "mkdir a b; ln -s ../b a/l; ln -s ../a b/l"],
  ])("a link %s is an error that names it", async (_what, script) => {
    make("/d", script);
    await expect(download("/d/")).rejects.toThrow(
      /"\/d\/\S+" in the container is a link to one of its parent directories/,
    );
  });

  test("a broken link is an error that names it", async () => {
    make("/d", "ln -s nowhere broken");
    await expect(download("/d/")).rejects.toThrow(/\/d\/broken/);
  });

  test("a named pipe is an error that names it", async () => {
    make("/d", "mkfifo pipe");
    await expect(download("/d/")).rejects.toMatchObject({
      code: "transfer-failed",
      message: expect.stringContaining('"d/pipe" is a named pipe'),
    });
  });

  test(".git is refused, and links in the destination are not followed", async () => {
    make("/d", "mkdir -p .git/hooks; printf x >.git/hooks/post-checkout");
    await expect(download("/d/")).rejects.toMatchObject({ code: "download-refused" });
    make("/d", "mkdir sub; printf x >sub/x");
    mkdirSync(at("outside"), { recursive: true });
    symlinkSync(at("outside"), at("to/d/sub"));
    await expect(download("/d/")).rejects.toThrow("not followed");
    expect(readdirSync(at("outside"))).toEqual([]);
  });

  test("a tar of the container that sends other names is refused or renamed", async () => {
    make("/mem/d", "printf x >x");
    docker("exec", container, "sh", "-c", "mv /bin/tar /bin/tar.real");
    try {
      const script =
        "#!/bin/sh\\nmkdir -p /evil/.git /evil/src\\necho x >/evil/package.json\\ncd /evil && exec /bin/busybox tar -cf - ";
      const sends = (names: string) =>
        docker("exec", container, "sh", "-c", `printf '${script}${names}\\n' >/bin/tar; chmod 755 /bin/tar`);
      sends("package.json src");
      await expect(download("/mem/d/")).rejects.toThrow('"src/"');
      sends(".git");
      await expect(download("/mem/d/")).rejects.toThrow(".git");
      expect(readdirSync(at("to"))).toEqual(["d"]);
      writeFileSync(at("to/package.json"), "{}");
      rmSync(at("to/d"));
      sends("package.json");
      await download("/mem/d/");
      expect(readFileSync(at("to/package.json"), "utf8")).toBe("{}");
    } finally {
      docker("exec", container, "sh", "-c", "mv /bin/tar.real /bin/tar");
    }
  });
});
