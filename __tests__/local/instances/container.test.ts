import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { dockerCommand } from "../../../src/local/instances/container/docker.js";
import { openSandboxes } from "../../../src/local/instances/sandboxes.js";
import { describeSandbox, type Lab, openLab, runProgram, until } from "./logins.js";
import { writeProgram } from "./run-elsewhere.js";

/** Names of source AMIs whose container image the engine already has; none without an engine. */
function suppliedSources(): string[] {
  const known = {
    "debian:12": "debian-12-amd64-20240102-1614",
    "ubuntu:22.04": "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server",
  };
  try {
    const images = execFileSync("docker", ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"], {
      stdio: "pipe",
    }).toString();
    return Object.entries(known).flatMap(([image, source]) => (images.includes(image) ? [source] : []));
  } catch {
    return [];
  }
}

const [sourceName] = suppliedSources();
if (sourceName === undefined) {
  const why = "no container engine with debian:12 or ubuntu:22.04 responds";
  // .ci/container-tests has such an engine.
  if (process.env.BAKE_AMI_DEBIAN_IMAGE) throw new Error(`Container sandboxes cannot be tested: ${why}`);
  process.stderr.write(`SKIPPED: container sandboxes are not tested, because ${why}\n`);
}
const describeEngine = sourceName === undefined ? describe.skip : describe;

describeEngine("container machines", () => {
  let lab: Lab;
  const image = { sourceName: sourceName ?? "", layers: [] };
  beforeAll(async () => {
    lab = await openLab("container", 220);
  });
  afterAll(() => lab?.close());

  test("accept logins of the common users, with sudo, exit codes and separate streams", async () => {
    const address = await lab.launch("i-users", { image });
    expect(lab.sandboxes.kind).toBe("container");
    expect(lab.notices.join()).toMatch(/the local instance runs (debian|ubuntu):/);
    for (const user of ["ubuntu", "admin", "root"]) {
      const outcome = await lab.ssh(`${user}@${address}`, "id -un; sudo -n id -u; echo err >&2; exit 9");
      expect(outcome).toEqual({ code: 9, stdout: `${user}\n0\n`, stderr: "err\n" });
    }
  });

  test("have a limit on their processes, and cannot reach the services of the host's cloud by SSH forwarding", async () => {
    const address = await lab.launch("i-limit", { image });
    const bomb = `perl -e '$| = 1; my $n = 0; while ($n < 1000) { my $p = fork; last unless defined $p; unless ($p) { sleep 60; exit } $n++ } print "$n $!"; kill 9, -$$'`;
    const [count = "", ...why] = (await lab.ssh(`root@${address}`, `setsid ${bomb}`)).stdout.split(" ");
    expect(why.join(" ")).toBe("Resource temporarily unavailable");
    expect(Number(count)).toBeGreaterThan(100);
    expect(Number(count)).toBeLessThan(220);
    for (const service of ["169.254.169.254", "169.254.170.2", "168.63.129.16"]) {
      const forward = await runProgram("ssh", [...lab.sshOptions, "-W", `${service}:80`, `root@${address}`]);
      expect(forward.stderr).toMatch(/open failed|forwarding failed/);
    }
  });

  test("accept files by cat and scp, and a terminal", async () => {
    const address = await lab.launch("i-files", { image });
    const file = join(lab.folder, "file");
    writeFileSync(file, Buffer.alloc(3_000_000, "0123456"));
    expect(await runProgram("scp", ["-q", ...lab.sshOptions, file, `ubuntu@${address}:copied`])).toMatchObject({
      code: 0,
    });
    await runProgram("sh", ["-c", `ssh "$@" 'cat >piped' <${file}`, "sh", ...lab.sshOptions, `ubuntu@${address}`]);
    expect((await lab.ssh(`ubuntu@${address}`, "cmp copied piped && wc -c <piped")).stdout.trim()).toBe("3000000");
    const terminal = await runProgram("ssh", [...lab.sshOptions, "-tt", `ubuntu@${address}`, "tty; exit 4"]);
    expect(terminal).toMatchObject({ code: 4, stdout: expect.stringContaining("/dev/pts/") });
  });

  test("restart after a reboot, report a power-off, and run user data", async () => {
    const address = await lab.launch("i-life", {
      image,
      userData: Buffer.from("#!/bin/sh\nid -u >/root/ran\necho started\n"),
    });
    const login = `ubuntu@${address}`;
    expect((await lab.ssh(login, "cloud-init status --wait; sudo cat /root/ran")).stdout).toBe("status: done\n0\n");
    expect(await lab.sandboxes.console("i-life")).toContain("started");
    await lab.ssh(login, "echo kept >kept; sudo touch /run/gone; sudo reboot");
    await until(() => lab.exits.some(([id, how]) => id === "i-life" && how === "reboot"));
    await until(async () => (await lab.ssh(login, "cat kept; ls /run/gone")).stdout === "kept\n");
    await lab.ssh(login, "sudo shutdown -h now");
    await until(() => lab.exits.some(([id, how]) => id === "i-life" && how === "poweroff"));
    await lab.sandboxes.start("i-life");
    expect((await lab.ssh(login, "cat kept")).stdout).toBe("kept\n");
  });

  test("a command ends with its channel", async () => {
    const address = await lab.launch("i-hang", { image });
    const login = `ubuntu@${address}`;
    await runProgram("timeout", ["2", "ssh", ...lab.sshOptions, login, "touch started; sleep 4444; touch not-reached"]);
    const running = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c 'sleep 444[4]'";
    await until(async () => (await lab.ssh(login, running)).stdout.trim() === "0");
    expect((await lab.ssh(login, "ls")).stdout).toBe("started\n");
  });

  test("an image has the captured files; close leaves no container", async () => {
    const first = await lab.launch("i-captured", { image });
    await lab.ssh(`ubuntu@${first}`, "sudo sh -c 'echo baked >/etc/baked'");
    const layer = await lab.sandboxes.capture("i-captured");
    const derived = await lab.launch("i-derived", { image: { sourceName: "mine", layers: [layer] } });
    expect((await lab.ssh(`ubuntu@${derived}`, "cat /etc/baked")).stdout).toBe("baked\n");
    await lab.sandboxes.terminate("i-derived");
    await lab.sandboxes.terminate("i-captured");
    await lab.sandboxes.discard(layer);
    await lab.sandboxes.discard(layer);
    const left = await dockerCommand().run(["ps", "-aq", "--filter", "name=i-derived"]);
    expect(left).toBe("");
  });
});

describeEngine("containers of a run that was killed", () => {
  test("are removed by the next run", async () => {
    const folder = mkdtempSync(join(tmpdir(), "killed-"));
    const stateDir = join(folder, "state");
    const program = join(folder, "run.mjs");
    writeProgram(
      program,
      `import { openSandboxes } from "./src/local/instances/sandboxes.js";
      const events = { onExit: () => undefined, onNotice: () => undefined };
      const sandboxes = await openSandboxes({ stateDir: process.argv[2], events });
      const image = { sourceName: process.argv[3], layers: [] };
      await sandboxes.launch({ instanceId: "i-killed", hostName: "one", image, authorizedKeys: [] });
      console.log("up");`,
    );
    const child = spawn(process.execPath, [program, stateDir, sourceName ?? ""], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const containers = () => dockerCommand().run(["ps", "-aq", "--filter", "name=i-killed"]);
    expect(await containers()).not.toBe("");
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
    const sandboxes = await openSandboxes({ stateDir, events: { onExit: () => undefined, onNotice: () => undefined } });
    expect(await containers()).toBe("");
    await sandboxes.close();
    expect(readdirSync(stateDir)).toEqual([]);
    rmSync(folder, { recursive: true, force: true });
  });
});

describeSandbox("where the engine has no image of the release", () => {
  test("uses a namespace and prints a notice", async () => {
    const folder = mkdtempSync(join(tmpdir(), "engine-"));
    const program = join(folder, "docker");
    // Stands for an engine that responds but reaches no registry: a real one cannot be made to do so.
    writeFileSync(
      program,
      '#!/bin/sh\ncase $1 in version) echo 27.0 ;; ps) : ;; *) echo "no such image" >&2; exit 1 ;; esac\n',
      { mode: 0o755 },
    );
    const notices: string[] = [];
    const events = { onExit: () => undefined, onNotice: (text: string) => notices.push(text) };
    const sandboxes = await openSandboxes({ stateDir: join(folder, "state"), events, docker: { program } });
    try {
      expect(sandboxes.kind).toBe("container");
      const image = { sourceName: "debian-12-amd64-*", layers: [] };
      const { address } = await sandboxes.launch({ instanceId: "i-1", hostName: "one", image, authorizedKeys: [] });
      expect(address).toMatch(/^127\.65\./);
      expect(notices.join()).toMatch(
        /debian-12-amd64-\*: .*the host's own .*the container engine has no image of the same release/,
      );
    } finally {
      await sandboxes.close();
    }
    expect(readdirSync(join(folder, "state"))).toEqual(["machines"]);
    rmSync(folder, { recursive: true, force: true });
  });
});
