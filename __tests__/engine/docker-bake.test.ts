import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { describeWithEngine, docker, engineScope } from "../docker/real-engine.js";
import { startRegistry } from "../docker/registry.js";
import { temporaryFolder } from "../support/folder.js";
import { type Ran, runReally } from "./running.js";

const folder = temporaryFolder("docker-bake");

/** The environment of a client, and a state folder of the test file's own. */
const env = (): Record<string, string> => ({
  XDG_STATE_HOME: folder(),
  ...(process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {}),
});

describeWithEngine("docker builds on an engine", () => {
  const scope = engineScope();
  const builder = (more: object = {}) => ({ type: "docker", image: scope.base, pull: false, ...more });

  /** Writes a template into a folder of its own and builds it there. */
  const build = async (name: string, template: object, ...args: string[]): Promise<Ran & { readonly cwd: string }> => {
    const cwd = join(folder(), name);
    mkdirSync(cwd, { recursive: true });
    writeFileSync(join(cwd, "web.json"), JSON.stringify(template));
    return { ...(await runReally(["build", "-color=false", ...args, "web.json"], { cwd, env: env() })), cwd };
  };

  /** Containers and unfinished images of builds, and ledgers: nothing of the kind may be left. */
  const left = () => {
    const ledgers = join(folder(), "bake-ami", "ledgers");
    return [
      ...docker("ps", "-aq", "--no-trunc", "--filter", `ancestor=${scope.base}`).split("\n"),
      ...docker("images", "-q", "--filter", "reference=bake-ami-*:unfinished").split("\n"),
      ...(existsSync(ledgers) ? readdirSync(ledgers) : []),
    ].filter((each) => each !== "");
  };

  const inspect = (image: string, format: string) => docker("image", "inspect", "--format", format, image);

  test("CMD, ENTRYPOINT and the environment of the source image stay; the build's changes are in it", async () => {
    const repository = scope.name("kept");
    const { code, err } = await build("kept", {
      builders: [builder({ commit: true, changes: ["LABEL a=b", "USER 7:7"], message: "baked" })],
      provisioners: [{ type: "shell", inline: ["echo made > /made"] }],
      "post-processors": [{ type: "docker-tag", repository, tag: "1" }],
    });
    expect({ code, err }).toMatchObject({ code: 0 });
    const format =
      "{{json .Config.Cmd}} {{json .Config.Labels}} {{.Config.User}} {{.Comment}} {{json .Config.Volumes}}";
    expect(inspect(`${repository}:1`, format)).toBe('["/bin/sh"] {"a":"b"} 7:7 baked null');
    expect(inspect(`${repository}:1`, "{{json .Config.Entrypoint}}")).toMatch(/^(null|\[\]|\[""\])$/);
    expect(docker("run", "--rm", "--network=none", `${repository}:1`, "sh", "-c", "cat /made; echo $FROM; id -u")).toBe(
      "made\nbase\n7",
    );
  });

  test("a sequence exports, compresses and imports", async () => {
    const repository = scope.name("again");
    const { code, err, out, cwd } = await build("export", {
      builders: [builder({ export_path: "out/root.tar" })],
      provisioners: [{ type: "shell", inline: ["echo exported > /made"] }],
      "post-processors": [
        { type: "compress", output: "root.tar.gz", keep_input_artifact: true },
        [
          { type: "docker-import", repository, tag: "1", changes: ['CMD ["cat", "/made"]'], keep_input_artifact: true },
          { type: "docker-tag", repository, tags: ["2"] },
          { type: "docker-save", path: "saved.tar" },
        ],
      ],
    });
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(out).toContain("Exported Docker file: out/root.tar");
    expect(readdirSync(cwd).sort()).toEqual(["out", "root.tar.gz", "saved.tar", "web.json"]);
    expect(docker("run", "--rm", "--network=none", `${repository}:2`)).toBe("exported");
    expect(left()).toEqual([]);
  });

  test("files and directories arrive with their modes, belong to the container's user, and come back", async () => {
    const cwd = join(folder(), "files");
    mkdirSync(join(cwd, "app", "bin"), { recursive: true });
    writeFileSync(join(cwd, "app", "bin", "run"), "#!/bin/sh\necho ran\n", { mode: 0o755 });
    writeFileSync(join(cwd, "it's $HOME"), "odd\n", { mode: 0o600 });
    const { code, err, out } = await build("files", {
      builders: [builder({ discard: true })],
      provisioners: [
        { type: "file", source: "app", destination: "/var" },
        { type: "file", source: "it's $HOME", destination: "/var/" },
        {
          type: "shell",
          inline: [
            "stat -c '%a %u:%g %n' /var/app/bin/run \"/var/it's \\$HOME\"",
            "/var/app/bin/run",
            "mkdir -p /back/empty && echo 1 > /back/one && chmod 640 /back/one",
          ],
        },
        { type: "file", direction: "download", source: "/back/", destination: "from/" },
        { type: "file", direction: "download", source: "/var/it's $HOME", destination: "from/odd" },
      ],
    });
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(out).toContain("docker: 755 0:0 /var/app/bin/run");
    expect(out).toContain("docker: 600 0:0 /var/it's $HOME");
    expect(out).toContain("docker: ran");
    expect(readFileSync(join(cwd, "from", "odd"), "utf8")).toBe("odd\n");
    expect(readFileSync(join(cwd, "from", "back", "one"), "utf8")).toBe("1\n");
    expect(statSync(join(cwd, "from", "back", "empty")).isDirectory()).toBe(true);
    expect(left()).toEqual([]);
  });

  test("exec_user runs the commands, and uploads belong to it", async () => {
    const { code, err, out } = await build("user", {
      builders: [
        builder({
          discard: true,
          exec_user: "7:8",
          run_command: ["-d", "-i", "-t", "--user=7:8", "--entrypoint=/bin/sh", "--", "{{.Image}}"],
        }),
      ],
      provisioners: [
        { type: "file", content: "mine", destination: "/tmp/mine" },
        { type: "shell", remote_folder: "/tmp", inline: ["id -u; id -g", "stat -c '%u %n' /tmp/mine"] },
      ],
    });
    expect({ code, err, out }).toMatchObject({ code: 0 });
    expect(out).toContain("docker: 7 /tmp/mine");
  });

  test("volumes, tmpfs and capabilities are as in the template, and leave no trace in the image", async () => {
    const cwd = join(folder(), "volumes");
    mkdirSync(join(cwd, "shared"), { recursive: true });
    const repository = scope.name("volumes");
    const { code, err, out } = await build("volumes", {
      builders: [
        builder({
          commit: true,
          volumes: { [join(cwd, "shared")]: "/shared" },
          tmpfs: ["/scratch"],
          cap_add: ["SYS_TIME"],
        }),
      ],
      provisioners: [
        {
          type: "shell",
          inline: ["grep -c scratch /proc/mounts", "grep CapEff /proc/self/status", "echo x > /shared/file"],
        },
      ],
      "post-processors": [{ type: "docker-tag", repository }],
    });
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(readFileSync(join(cwd, "shared", "file"), "utf8")).toBe("x\n");
    const capabilities = BigInt(`0x${/CapEff:\s*([0-9a-f]+)/.exec(out)?.[1] ?? "0"}`);
    expect((capabilities >> 25n) & 1n).toBe(1n);
    expect(inspect(`${repository}:latest`, "{{json .Config.Volumes}}")).toBe("null");
  });

  test("a Dockerfile is built first, with its arguments", async () => {
    const cwd = join(folder(), "dockerfile");
    mkdirSync(join(cwd, "context"), { recursive: true });
    writeFileSync(join(cwd, "context", "hello"), "from the context\n");
    const lines = [
      `FROM ${scope.base}`,
      "ARG WHO",
      "COPY hello /hello",
      "RUN echo built for $WHO > /who",
      'CMD ["cat", "/who"]',
    ];
    writeFileSync(join(cwd, "context", "Dockerfile"), lines.join("\n"));
    const repository = scope.name("dockerfile");
    const { code, err, out } = await build("dockerfile", {
      builders: [
        {
          type: "docker",
          build: { path: "context/Dockerfile", build_dir: "context", pull: false, arguments: { WHO: "us" } },
          commit: true,
        },
      ],
      provisioners: [{ type: "shell", inline: ["cat /hello", "echo provisioned >> /who"] }],
      "post-processors": [{ type: "docker-tag", repository }],
    });
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(out).toContain("docker: from the context");
    expect(docker("run", "--rm", "--network=none", `${repository}:latest`)).toBe("built for us\nprovisioned");
    expect(left()).toEqual([]);
  });

  test("the image is pulled with the builder's login, and the result pushed with another", async () => {
    const registry = await startRegistry();
    try {
      const source = `${registry.server}/${scope.name("source")}:1`;
      const repository = `${registry.server}/${scope.name("result")}`;
      docker("tag", scope.base, source);
      const config = join(folder(), "logged-in");
      execFileSync("docker", ["--config", config, "login", "-u", registry.user, "--password-stdin", registry.server], {
        input: registry.password,
        stdio: ["pipe", "ignore", "pipe"],
      });
      docker("--config", config, "push", source);
      docker("rmi", source);
      const login = {
        login: true,
        login_server: registry.server,
        login_username: registry.user,
        login_password: registry.password,
      };
      const pulled = (options: object) => ({
        builders: [{ type: "docker", image: source, commit: true, ...options }],
        "post-processors": [
          [
            { type: "docker-tag", repository, tags: ["2"] },
            { type: "docker-push", ...login },
          ],
        ],
      });
      const refused = await build("pull-refused", pulled({}));
      expect(refused.code).toBe(1);
      expect(`${refused.out}${refused.err}`).toContain('Hint: Set "login", "login_server"');
      const { code, err, out } = await build("pull", pulled(login));
      expect({ code, err }).toMatchObject({ code: 0 });
      expect(out).toContain(`Pulling Docker image: ${source}`);
      expect(`${out}${err}`).not.toContain(registry.password);
      expect(await registry.digest(scope.name("result"), "2")).toMatch(/^sha256:/);
    } finally {
      await registry.stop();
    }
  });

  test("the engine is the one that the client's context names", async () => {
    const config = join(folder(), "contexts");
    const context = (...args: readonly string[]) =>
      execFileSync("docker", ["--config", config, "context", ...args], {
        env: { PATH: process.env.PATH ?? "" },
        stdio: "pipe",
      });
    context("create", "ours", "--docker", `host=${process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock"}`);
    context("use", "ours");
    const cwd = join(folder(), "by-context");
    mkdirSync(cwd);
    writeFileSync(join(cwd, "web.json"), JSON.stringify({ builders: [builder({ discard: true })] }));
    const where = { XDG_STATE_HOME: folder(), DOCKER_CONFIG: config };
    const { code, out } = await runReally(["build", "-color=false", "web.json"], { cwd, env: where });
    expect({ code, out }).toMatchObject({ code: 0 });
    expect(out).toContain("Container ID: ");
  });

  describe("failures", () => {
    test("a script that fails leaves nothing, and the other build goes on", async () => {
      const before = docker("images", "-q", "--no-trunc").split("\n").length;
      const { code, out, err } = await build("fails", {
        builders: [builder({ commit: true }), { type: "file", name: "other", content: "x", target: "other.txt" }],
        provisioners: [{ type: "shell", inline: ["exit 7"], only: ["docker"] }],
      });
      expect(code).toBe(1);
      expect(`${out}${err}`).toContain("exit status: 7");
      expect(out).toContain("Stored file: other.txt");
      expect(left()).toEqual([]);
      expect(docker("images", "-q", "--no-trunc").split("\n")).toHaveLength(before);
    });

    test("a container whose process ends at once is reported with its output", async () => {
      const run_command = ["-d", "--entrypoint=/bin/sh", "--", "{{.Image}}", "-c", "echo no such thing; exit 1"];
      const { code, err, out } = await build("ends", { builders: [builder({ discard: true, run_command })] });
      expect(code).toBe(1);
      expect(`${out}${err}`).toMatch(/The container exited right after it started[\s\S]*no such thing/);
      expect(left()).toEqual([]);
    });

    test("an image that is nowhere", async () => {
      const { code, err, out } = await build("nowhere", {
        builders: [builder({ image: scope.name("nowhere:1"), discard: true })],
      });
      expect(code).toBe(1);
      expect(`${out}${err}`).toContain("nowhere:1");
      expect(left()).toEqual([]);
    });
  });
});

describe("without an engine", () => {
  test("one error, and the other builds run", async () => {
    const cwd = join(folder(), "no-engine");
    mkdirSync(cwd, { recursive: true });
    const builders = [
      { type: "docker", image: "x", discard: true, docker_path: "/nowhere/docker" },
      { type: "file", content: "x", target: "other.txt" },
    ];
    writeFileSync(join(cwd, "web.json"), JSON.stringify({ builders }));
    const { code, out, err } = await runReally(["build", "-color=false", "web.json"], { cwd, env: env() });
    expect(code).toBe(1);
    expect(`${out}${err}`).toContain('"/nowhere/docker" was not found on this host');
    expect(out).toContain("Stored file: other.txt");
  });
});
