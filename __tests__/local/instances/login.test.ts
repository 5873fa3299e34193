import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeLogins, type Lab, openLab, runProgram, until } from "./logins.js";

describeLogins("logins to a machine", () => {
  let lab: Lab;
  let address: string;
  beforeAll(async () => {
    lab = await openLab();
    address = await lab.launch("i-login");
  });
  afterAll(() => lab?.close());

  test.each(["ubuntu", "ec2-user", "admin", "debian", "centos", "rocky", "fedora", "root"])(
    "%s logs in with the launch key and may become root",
    async (user) => {
      const outcome = await lab.ssh(`${user}@${address}`, "id -un; cd; pwd; sudo -n id -u");
      expect(outcome).toEqual({
        code: 0,
        stdout: `${user}\n${user === "root" ? "/root" : `/home/${user}`}\n0\n`,
        stderr: "",
      });
    },
  );

  test("unknown keys and unknown users are refused", async () => {
    const other = await openLab();
    try {
      const options = other.sshOptions;
      expect((await runProgram("ssh", [...options, `ubuntu@${address}`, "true"])).stderr).toMatch(/Permission denied/);
      expect((await lab.ssh(`nobody-here@${address}`, "true")).stderr).toMatch(/Permission denied/);
    } finally {
      await other.close();
    }
  });

  test("a key that EC2 Instance Connect sends is accepted for its user only", async () => {
    const other = await openLab();
    try {
      await lab.sandboxes.sendKey("i-login", "ubuntu", other.publicKey);
      const login = (user: string) => runProgram("ssh", [...other.sshOptions, `${user}@${address}`, "id -un"]);
      expect((await login("ubuntu")).stdout).toBe("ubuntu\n");
      expect((await login("admin")).stderr).toMatch(/Permission denied/);
    } finally {
      await other.close();
    }
  });

  test.each([
    ["exit codes", "exit 42", { code: 42, stdout: "", stderr: "" }],
    ["streams apart", "echo out; echo err >&2", { code: 0, stdout: "out\n", stderr: "err\n" }],
    [
      "streams that can be opened again",
      "echo err >/dev/stderr; echo out | tee /dev/fd/1",
      { code: 0, stdout: "out\nout\n", stderr: "err\n" },
    ],
    [
      "the machine's name",
      "hostname; cat /etc/hostname",
      { code: 0, stdout: "ip-127-65-0-1\nip-127-65-0-1\n", stderr: "" },
    ],
    [
      "sudo without one on the host",
      "/usr/lib/bake-ami/sudo -E FOO=bar sh -c 'id -u; echo $FOO $SUDO_USER'",
      { code: 0, stdout: "0\nbar ubuntu\n", stderr: "" },
    ],
    [
      "sudo to another user",
      "/usr/lib/bake-ami/sudo -H -u admin sh -c 'id -un; echo $HOME'",
      { code: 0, stdout: "admin\n/home/admin\n", stderr: "" },
    ],
    [
      "settings of the machine alone",
      "sudo timedatectl set-timezone Asia/Tokyo && date +%Z && sudo hostnamectl set-hostname ip-127-65-0-1 && hostname",
      { code: 0, stdout: "JST\nip-127-65-0-1\n", stderr: "" },
    ],
    [
      "settings of the host, left alone",
      "sudo sysctl -w vm.swappiness=3 && sudo sysctl -n kernel.ostype",
      { code: 0, stdout: "Linux\n", stderr: expect.stringContaining("left alone") },
    ],
    ["an unknown command", "no-such-command-here", expect.objectContaining({ code: 127 })],
    ["a signal's death", "kill -9 $$", expect.objectContaining({ code: 255 })],
  ])("%s", async (_what, command, expected) => {
    expect(await lab.ssh(`ubuntu@${address}`, command)).toEqual(expected);
  });

  test("accepts only LANG and LC_*, as a default OpenSSH server does", async () => {
    const options = [...lab.sshOptions, "-o", "SetEnv=LC_TEST=yes", "-o", "SendEnv=SECRET"];
    const outcome = await runProgram("env", ["SECRET=x", "ssh", ...options, `ubuntu@${address}`, "env"]);
    expect(outcome.stdout).toContain("LC_TEST=yes\n");
    expect(outcome.stdout).not.toContain("SECRET");
    expect(outcome.stdout).toContain(`SSH_CONNECTION=127.0.0.1`);
  });

  test("opens a terminal of the requested type, and returns the exit code of its shell", async () => {
    const outcome = await runProgram("ssh", [...lab.sshOptions, "-tt", `ubuntu@${address}`, "tty; echo $TERM; exit 3"]);
    expect(outcome).toMatchObject({ code: 3, stdout: expect.stringMatching(/^\/dev\/pts\/\d+\r\n\S+\r\n$/) });
  });

  test("a large file arrives complete through cat, scp and sftp", async () => {
    const file = join(lab.folder, "large");
    const data = Buffer.alloc(40_000_000, "0123456789abcdefg");
    writeFileSync(file, data);
    const login = `ubuntu@${address}`;
    for (const [program, args] of [
      ["scp", [file, `${login}:via-scp`]],
      ["scp", ["-O", file, `${login}:via-old-scp`]],
      ["sh", ["-c", `ssh "$@" 'cat >via-cat' <${file}`, "sh", ...lab.sshOptions, login]],
    ] as const) {
      const options = program === "sh" ? [] : ["-q", ...lab.sshOptions];
      expect(await runProgram(program, [...options, ...args])).toMatchObject({ code: 0 });
    }
    expect(
      (await lab.ssh(login, "cmp via-scp via-old-scp && cmp via-scp via-cat && wc -c <via-cat")).stdout.trim(),
    ).toBe("40000000");
    const back = join(lab.folder, "back");
    expect(await runProgram("scp", ["-q", ...lab.sshOptions, `${login}:via-cat`, back])).toMatchObject({ code: 0 });
    expect(readFileSync(back).equals(data)).toBe(true);
  });

  test("sftp makes, lists, links, renames and removes", async () => {
    const batch = join(lab.folder, "batch");
    writeFileSync(
      batch,
      `mkdir d\nput ${lab.keyFile}.nothing d/none\n`.replace(/put.*\n/, "") +
        `put ${batch} d/x\nln -s /etc/hostname d/link\nrename d/x d/y\nchmod 640 d/y\nls -1 d\nrm d/link\n`,
    );
    const outcome = await runProgram("sftp", ["-q", "-b", batch, ...lab.sshOptions, `ubuntu@${address}`]);
    expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining("d/link") });
    expect((await lab.ssh(`ubuntu@${address}`, "stat -c '%a %U' d/y; ls d")).stdout).toBe("640 ubuntu\ny\n");
    const missing = await runProgram("sftp", ["-q", ...lab.sshOptions, `ubuntu@${address}:/no/such`, lab.folder]);
    expect(missing.code).not.toBe(0);
  });

  test("nine commands at once on one connection", async () => {
    const control = ["-o", `ControlPath=${lab.folder}/control`, "-o", "ControlMaster=auto", "-o", "ControlPersist=30"];
    const run = (n: number) =>
      runProgram("ssh", [...lab.sshOptions, ...control, `ubuntu@${address}`, `echo ${n}; exit ${n}`]);
    await run(0);
    const outcomes = await Promise.all(Array.from({ length: 9 }, (_, n) => run(n)));
    expect(outcomes.map((outcome) => [outcome.code, outcome.stdout])).toEqual(outcomes.map((_, n) => [n, `${n}\n`]));
    await runProgram("ssh", [...control, "-O", "exit", `ubuntu@${address}`]);
  });

  test("a command ends with its channel, a daemon does not", async () => {
    const login = `ubuntu@${address}`;
    expect((await lab.ssh(login, "setsid nohup sleep 1111 </dev/null >/dev/null 2>&1 & exit 0")).code).toBe(0);
    const cut = runProgram("timeout", ["1", "ssh", ...lab.sshOptions, login, "sleep 2222"]);
    await cut;
    await until(async () => !(await lab.ssh(login, "pgrep -af '[s]leep 2222'")).stdout.includes("2222"));
    expect((await lab.ssh(login, "pgrep -af '[s]leep 1111'")).stdout).toContain("sleep 1111");
  });

  test("an instance can be a bastion for another", async () => {
    const other = await lab.launch("i-behind");
    const proxy = `ProxyCommand=ssh ${lab.sshOptions.join(" ")} -W %h:%p ubuntu@${address}`;
    const outcome = await runProgram("ssh", [...lab.sshOptions, "-o", proxy, `admin@${other}`, "id -un"]);
    expect(outcome).toEqual({ code: 0, stdout: "admin\n", stderr: "" });
  });

  test("a remote forward relays connections from the instance", async () => {
    const echo = createServer((socket) => socket.end("from here\n")).listen(0, "127.0.0.1");
    await once(echo, "listening");
    const bound = echo.address();
    const port = typeof bound === "object" && bound ? bound.port : 0;
    const forward = ["-o", "ExitOnForwardFailure=yes", "-R", `0:127.0.0.1:${port}`];
    const command = "read -r port; exec 3<>/dev/tcp/127.0.0.1/$port; cat <&3";
    const script = `ssh "$@" 2>"${lab.folder}/allocated" < <(until grep -q Allocated "${lab.folder}/allocated"; do sleep 0.05; done; grep -oE 'port [0-9]+' "${lab.folder}/allocated" | cut -d' ' -f2)`;
    const options = lab.sshOptions.map((option) => option.replace("LogLevel=ERROR", "LogLevel=INFO"));
    const outcome = await runProgram("bash", [
      "-c",
      script,
      "bash",
      ...options,
      ...forward,
      `ubuntu@${address}`,
      command,
    ]);
    echo.close();
    expect(outcome.stdout).toBe("from here\n");
  });

  test("logins fail after authorized_keys is cleared", async () => {
    const fresh = await lab.launch("i-cleared");
    expect((await lab.ssh(`debian@${fresh}`, "rm ~/.ssh/authorized_keys")).code).toBe(0);
    expect((await lab.ssh(`debian@${fresh}`, "true")).stderr).toMatch(/Permission denied/);
  });

  test("the console prints the server's host key", async () => {
    const scanned = (await runProgram("ssh-keyscan", ["-t", "ed25519", address])).stdout
      .split(" ")
      .slice(1, 3)
      .join(" ");
    const text = await lab.sandboxes.console("i-login");
    expect(text).toContain(scanned.trim());
    expect(text).toMatch(/-----BEGIN SSH HOST KEY FINGERPRINTS-----\r\n256 SHA256:\S+ /);
  });

  test("a user data script runs once, as root, and cloud-init waits for it", async () => {
    const fresh = await lab.launch("i-user-data", {
      userData: Buffer.from("#!/bin/sh\nsleep 0.5\nid -u >>/root/ran\necho started\n"),
    });
    expect((await lab.ssh(`ubuntu@${fresh}`, "cloud-init status --wait; sudo cat /root/ran")).stdout).toBe(
      "status: done\n0\n",
    );
    expect(await lab.sandboxes.console("i-user-data")).toContain("started\r\n");
    await lab.sandboxes.reboot("i-user-data");
    expect((await lab.ssh(`ubuntu@${fresh}`, "sudo cat /root/ran")).stdout).toBe("0\n");
  });
});
