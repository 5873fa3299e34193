import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { type DockerCommunicatorOptions, dockerCommunicator } from "../../../src/communicators/docker/communicator.js";
import { systemClock } from "../../../src/core/clock.js";
import { noDebug } from "../../../src/core/debug.js";
import { BakeError } from "../../../src/core/errors.js";
import type { ContainerEngine } from "../../../src/docker/engine.js";
import { describeWithEngine, docker, engineScope } from "../../docker/real-engine.js";
import { temporaryFolder } from "../../support/folder.js";
import { outputOf } from "../connect.js";

const engine: ContainerEngine = { program: "docker", env: process.env };
const folder = temporaryFolder("docker-communicator");

function communicator(container: string, changes: Partial<DockerCommunicatorOptions> = {}) {
  return dockerCommunicator({
    engine,
    container,
    execUser: undefined,
    pty: false,
    fixUploadOwner: true,
    clock: systemClock,
    debug: noDebug,
    ...changes,
  });
}

describeWithEngine("docker communicator", () => {
  const scope = engineScope();

  /** Starts a container of the base image that runs until it is removed. */
  const started = (what: string, ...options: readonly string[]): string => {
    const name = scope.name(what).replaceAll("/", "-");
    docker("run", "--detach", "--name", name, ...options, scope.base, "sleep", "3600");
    return name;
  };

  describe("commands", () => {
    let container = "";
    beforeAll(() => {
      container = started("exec");
    });

    test.each([
      ["exit 0", 0],
      ["exit 7", 7],
      ["kill -KILL $$", 137],
      ["no-such-program", 127],
      ["echo x >/tmp/x; /tmp/x", 126],
    ])("%s ends with %d", async (command, code) => {
      const { result } = await outputOf(communicator(container), command);
      expect(result).toEqual({ status: "exited", code });
    });

    test("separates the streams and does not change bytes", async () => {
      const { stdout, stderr } = await outputOf(communicator(container), "printf '\\377\\0a\\n'; echo err >&2");
      expect({ stdout, stderr }).toEqual({ stdout: "\u00ff\u0000a\n", stderr: "err\n" });
    });

    test("a command has no input unless it is set", async () => {
      expect((await outputOf(communicator(container), "cat; echo end")).stdout).toBe("end\n");
      const pieces: Uint8Array[] = [];
      const stdin = Buffer.alloc(300_000, "x");
      const result = await communicator(container).exec("wc -c", { stdin, onOutput: (chunk) => pieces.push(chunk) });
      expect(result).toEqual({ status: "exited", code: 0 });
      expect(Buffer.concat(pieces).toString().trim()).toBe("300000");
    });

    test("runs as exec_user, and in a terminal with pty", async () => {
      const { stdout } = await outputOf(communicator(container, { execUser: "app" }), "id -u; tty || :");
      expect(stdout).toBe("1000\nnot a tty\n");
      const terminal = await outputOf(communicator(container, { pty: true }), "tty; exit 3");
      expect(terminal.stdout).toMatch(/^\/dev\//);
      expect(terminal.result).toEqual({ status: "exited", code: 3 });
    });

    test("an aborted command is killed in the container, with its child processes", async () => {
      const stop = new AbortController();
      const running = communicator(container).exec("sleep 7777 & echo up; wait", {
        signal: stop.signal,
        onOutput: () => stop.abort(new Error("enough")),
      });
      await expect(running).rejects.toThrow("enough");
      expect(docker("exec", container, "sh", "-c", "cat /proc/[0-9]*/cmdline | grep -c 'sleep.777[7]' || :")).toBe("0");
    });

    test("a removed container is a lost connection, not an exit code", async () => {
      const gone = started("gone");
      const to = communicator(gone);
      const result = await to.exec("echo up; sleep 60", { onOutput: () => void docker("kill", gone) });
      expect(result).toEqual({ status: "disconnected" });
      expect(to.connected()).toBe(false);
      expect(await to.exec("true")).toEqual({ status: "disconnected" });
      await expect(
        to.uploadFile({ from: "memory", content: Buffer.from("x"), mode: 0o644 }, "/nowhere/x"),
      ).rejects.toMatchObject({ code: expect.stringMatching(/container-gone|destination-missing/) });
    });

    test("an engine that does not respond is a lost connection", async () => {
      const env = { ...process.env, DOCKER_HOST: `unix://${folder()}/none.sock` };
      const lost = communicator(container, { engine: { program: "docker", env } });
      expect(await lost.exec("true")).toEqual({ status: "disconnected" });
    });
  });

  describe("uploads", () => {
    let container = "";
    const list = (path: string) => {
      const script = `cd ${path} && find . | sort | while read -r f; do stat -c '%n %a %u:%g %F' "$f"; done`;
      return docker("exec", "--user", "0", container, "sh", "-c", script).split("\n");
    };
    beforeAll(() => {
      container = started("upload", "--user", "app");
      docker(
        "exec",
        "--user",
        "0",
        container,
        "sh",
        "-c",
        "mkdir -p /opt; mkdir -m 777 /to /root/only /opt/here; ln -s /to /link; chmod 700 /root",
      );
      mkdirSync(join(folder(), "tree/empty"), { recursive: true });
      mkdirSync(join(folder(), "tree/sub"));
      writeFileSync(join(folder(), "tree/sub/a file"), "a", { mode: 0o640 });
      writeFileSync(join(folder(), "tree/run.sh"), "#!/bin/sh\n", { mode: 0o755 });
      symlinkSync("run.sh", join(folder(), "tree/linked"));
      chmodSync(join(folder(), "tree/empty"), 0o700);
      chmodSync(join(folder(), "tree/sub"), 0o755);
      chmodSync(join(folder(), "tree"), 0o755);
    });

    test("a file keeps its content and mode, and the container's user owns it", async () => {
      const content = Buffer.alloc(3_000_000, "0123456");
      const sent: number[] = [];
      await communicator(container).uploadFile({ from: "memory", content, mode: 0o604 }, "/to/x", {
        onProgress: (bytes) => sent.push(bytes),
      });
      expect(docker("exec", container, "stat", "-c", "%a %u %g %s", "/to/x")).toBe("604 1000 1000 3000000");
      const sum = createHash("md5").update(content).digest("hex");
      expect(docker("exec", container, "sh", "-c", "md5sum </to/x")).toBe(`${sum}  -`);
      expect(sent.at(-1)).toBe(content.length);
      expect(Number(docker("exec", container, "stat", "-c", "%Y", "/to/x"))).toBeGreaterThan(1_700_000_000);
    });

    test("without fix_upload_owner, root owns files; a file on disk keeps its mode; links are followed", async () => {
      const path = join(folder(), "tree/sub/a file");
      await communicator(container, { fixUploadOwner: false }).uploadFile({ from: "file", path }, "/link/f");
      expect(docker("exec", container, "stat", "-c", "%a %u", "/to/f")).toBe("640 0");
    });

    test.each([
      ["/to", "destination-is-directory"],
      ["/to/", "destination-is-directory"],
      ["/none/x", "destination-missing"],
    ])("a file to %s is refused", async (destination, code) => {
      const source = { from: "memory", content: Buffer.from("x"), mode: 0o644 } as const;
      await expect(communicator(container).uploadFile(source, destination)).rejects.toMatchObject({ code });
    });

    const contents = (top: string) => [
      `. 755 ${top} directory`,
      "./empty 700 1000:1000 directory",
      "./linked 755 1000:1000 regular file",
      "./run.sh 755 1000:1000 regular file",
      "./sub 755 1000:1000 directory",
      "./sub/a file 640 1000:1000 regular file",
    ];

    test.each([
      ["tree", "/made", "/made", "1000:1000"],
      ["tree", "/opt/here", "/opt/here/tree", "1000:1000"],
      ["tree", "/opt/here/", "/opt/here/tree", "1000:1000"],
      ["tree/", "/fresh", "/fresh", "1000:1000"],
      ["tree/", "/fresh2/", "/fresh2", "1000:1000"],
    ])("directory %s to %s becomes %s", async (source, destination, found, top) => {
      await communicator(container).uploadDirectory(
        join(folder(), source) + (source.endsWith("/") ? "/" : ""),
        destination,
      );
      expect(list(found)).toEqual(contents(top));
      expect(docker("exec", "-u", "0", container, "cat", `${found}/sub/a file`)).toBe("a");
    });

    test("contents are merged with existing files", async () => {
      await communicator(container).uploadDirectory(`${join(folder(), "tree")}/`, "/to");
      await communicator(container).uploadDirectory(`${join(folder(), "tree")}/`, "/to");
      expect(list("/to")).toEqual(
        expect.arrayContaining(["./run.sh 755 1000:1000 regular file", "./x 604 1000:1000 regular file"]),
      );
    });

    test("a directory below a missing one is an error", async () => {
      const sent = communicator(container).uploadDirectory(join(folder(), "tree"), "/a/b/c");
      await expect(sent).rejects.toMatchObject({ code: "destination-missing" });
    });
  });

  describe("downloads", () => {
    let container = "";
    beforeAll(() => {
      container = started("download");
      const script =
        "mkdir -p /d/sub && printf a >/d/a.log && printf b >'/d/b b.log' && printf c >/d/sub/c && ln -s a.log /d/l && chmod 750 /d/sub/c && chmod 400 /d/a.log";
      docker("exec", container, "sh", "-c", script);
    });
    const text = (...path: string[]) => readFileSync(join(folder(), ...path), "utf8");

    test("a file, and the target of a link", async () => {
      await communicator(container).downloadFile("/d/a.log", join(folder(), "new/a"));
      await communicator(container).downloadFile("/d/l", join(folder(), "new/l"));
      expect([text("new/a"), text("new/l"), statSync(join(folder(), "new/a")).mode & 0o777]).toEqual(["a", "a", 0o644]);
    });

    test("a directory is put below the destination with its name and modes", async () => {
      await communicator(container).downloadDirectory("/d/", join(folder(), "all"));
      expect([text("all/d/sub/c"), text("all/d/b b.log")]).toEqual(["c", "b"]);
      expect(statSync(join(folder(), "all/d/sub/c")).mode & 0o777).toBe(0o750);
    });

    test("a glob matches files", async () => {
      await communicator(container).downloadDirectory("/d/*.log", join(folder(), "globbed"));
      expect([text("globbed/a.log"), text("globbed/b b.log")]).toEqual(["a", "b"]);
    });

    test.each(["/d/none", "/d"])("%s as a file is an error, and leaves no file", async (source) => {
      const target = join(folder(), "not-there");
      await expect(communicator(container).downloadFile(source, target)).rejects.toBeInstanceOf(BakeError);
      expect(() => statSync(target)).toThrow(/ENOENT/);
    });

    test("a glob without a match is an error", async () => {
      const fetched = communicator(container).downloadDirectory("/d/*.none", join(folder(), "none"));
      await expect(fetched).rejects.toMatchObject({ code: "source-missing" });
    });
  });

  describe("a tmpfs", () => {
    test("supports uploads and downloads of files and directories", async () => {
      const container = started("memory", "--tmpfs", "/mem", "--mount", "type=tmpfs,dst=/mem2");
      const to = communicator(container);
      mkdirSync(join(folder(), "for-memory/sub"), { recursive: true });
      writeFileSync(join(folder(), "for-memory/sub/f"), "inside", { mode: 0o750 });
      await to.uploadFile({ from: "memory", content: Buffer.from("x"), mode: 0o711 }, "/mem/x");
      await to.uploadDirectory(join(folder(), "for-memory"), "/mem2");
      const script = "stat -c '%a %n' /mem/x /mem2/for-memory/sub/f; cat /mem2/for-memory/sub/f";
      expect((await outputOf(to, script)).stdout).toBe("711 /mem/x\n750 /mem2/for-memory/sub/f\ninside");
      await to.downloadFile("/mem/x", join(folder(), "from-memory/x"));
      await to.downloadDirectory("/mem2/for-memory/", join(folder(), "from-memory"));
      expect(readFileSync(join(folder(), "from-memory/x"), "utf8")).toBe("x");
      expect(readFileSync(join(folder(), "from-memory/for-memory/sub/f"), "utf8")).toBe("inside");
    });
  });
});
