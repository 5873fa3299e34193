import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeLogins, hasRoutingTool, hostProcess, type Lab, openLab, runProgram } from "./logins.js";

/** A system call by number in Perl: exits 0 when the kernel let it through. */
const syscall = (call: string) => `perl -e 'exit(syscall(${call}) == -1 ? 1 : 0)'`;

/** Numbers of init_module, open_by_handle_at, kexec_load, ptrace, reboot on this processor. */
const NUMBERS =
  process.arch === "arm64"
    ? {
        init_module: 105,
        open_by_handle_at: 265,
        kexec_load: 104,
        ptrace: 117,
        reboot: 142,
        swapon: 224,
        settimeofday: 170,
      }
    : {
        init_module: 175,
        open_by_handle_at: 304,
        kexec_load: 246,
        ptrace: 101,
        reboot: 169,
        swapon: 167,
        settimeofday: 164,
      };

describeLogins("a provisioner that tries to leave the sandbox", () => {
  let lab: Lab;
  let address: string;
  let canary: string;
  let victim: ReturnType<typeof hostProcess>;
  const corePattern = () => readFileSync("/proc/sys/kernel/core_pattern", "utf8");
  beforeAll(async () => {
    lab = await openLab();
    canary = join(lab.folder, "canary");
    writeFileSync(canary, "safe");
    victim = hostProcess();
    address = await lab.launch("i-confined");
  });
  afterAll(async () => {
    victim?.end();
    await lab?.close();
  });
  const asRoot = (command: string) => lab.ssh(`root@${address}`, command);

  test.each<[string, (host: { canary: string; pid: number; disk: string }) => string]>([
    ["makes the host's disk", () => "mknod /tmp/disk b 254 0 && cat /tmp/disk"],
    ["makes the host's memory", () => "mknod /dev/mem c 1 1 && cat /dev/mem"],
    ["makes a whiteout", () => "mknod /tmp/hole c 0 0"],
    ["mounts the host's disk", ({ disk }) => `mount ${disk} /mnt`],
    ["mounts its own devtmpfs", () => "mount -t devtmpfs none /mnt && cat /mnt/kmsg"],
    ["mounts a sysfs that can be written", () => "mount -t sysfs none /mnt"],
    [
      "mounts cgroups for their release agent",
      () =>
        "mount -t cgroup -o memory none /mnt || mount -t cgroup2 none /mnt && touch /mnt/cgroup.procs && echo 0 >/mnt/cgroup.procs",
    ],
    ["remounts /sys", () => "mount -o remount,rw /sys"],
    ["uncovers what lies under /etc", () => "umount -l /etc"],
    ["uncovers what lies under /dev", () => "umount -l /dev"],
    ["uncovers what lies under /proc", () => "umount -l /proc"],
    ["uncovers what lies under /", () => "umount -l /"],
    ["kills a host process", ({ pid }) => `kill -9 ${pid}`],
    ["traces a host process", ({ pid }) => syscall(`${NUMBERS.ptrace}, 16, ${pid}, 0, 0`)],
    ["loads a module", () => syscall(`${NUMBERS.init_module}, my $m = "x", 1, my $o = ""`)],
    ["loads a kernel", () => syscall(`${NUMBERS.kexec_load}, 0, 0, 0, 0`)],
    ["opens files by handle", () => syscall(`${NUMBERS.open_by_handle_at}, 0, my $h = pack("LLQ", 8, 1, 2), 0`)],
    ["restarts the host by reboot(2)", () => syscall(`${NUMBERS.reboot}, 0xfee1dead, 672274793, 0x89abcdef, 0`)],
    ["sets the host's clock", () => "date -s 2001-01-01"],
    [
      "swaps",
      () => `dd if=/dev/zero of=/swap bs=1M count=1 2>/dev/null; ${syscall(`${NUMBERS.swapon}, my $f = "/swap", 0`)}`,
    ],
    ["writes to sysrq", () => "echo h >/proc/sysrq-trigger"],
    ["sets a core pattern", () => "echo '|/tmp/x' >/proc/sys/kernel/core_pattern"],
    ["changes the host's network", () => "ip link set lo down || ip addr add 10.99.0.1/32 dev lo"],
    [
      "writes to a device's settings",
      () => "for f in $(find /sys -writable -type f 2>/dev/null | head -3); do echo 1 >$f && exit 0; done; exit 1",
    ],
    ["writes outside", ({ canary }) => `test -e ${canary} && echo spoiled >${canary}`],
    ["writes outside through process 1", ({ canary }) => `echo spoiled >/proc/1/root${canary}`],
    [
      "writes outside through the current folder of process 1",
      ({ canary }) => `cd /proc/1/cwd && echo spoiled >.${canary}`,
    ],
    [
      "writes through every file that process 1 holds",
      ({ canary }) => `for f in /proc/1/fd/*; do echo spoiled >$f/..${canary} && exit 0; done 2>/dev/null; exit 1`,
    ],
    [
      "breaks out of a chroot",
      ({ canary }) =>
        `mkdir -p /tmp/j; perl -e 'chroot "/tmp/j"; chdir ".." for 1..64; chroot "."; exit(-e "${canary}" ? 0 : 1)'`,
    ],
    ["joins the namespaces of process 1", ({ canary }) => `nsenter -t 1 -a test -e ${canary}`],
    ["sees the host's processes", ({ pid }) => `test -e /proc/${pid}/cmdline && grep -q sleep /proc/${pid}/cmdline`],
  ])("%s: in vain", async (_what, attempt) => {
    const disk = (await runProgram("findmnt", ["-no", "SOURCE", "/"])).stdout.trim() || "/dev/vda";
    const outcome = await asRoot(attempt({ canary, pid: victim.pid, disk }));
    expect(outcome.code).not.toBe(0);
    expect(readFileSync(canary, "utf8")).toBe("safe");
    expect(victim.alive()).toBe(true);
    expect(corePattern()).not.toContain("/tmp/x");
  });

  test("it can damage only its own files", async () => {
    const before = readFileSync("/etc/passwd", "utf8");
    await asRoot("rm -rf --no-preserve-root /etc /usr/share/doc /var/lib/dpkg /home; kill -9 -1");
    expect(readFileSync("/etc/passwd", "utf8")).toBe(before);
    expect(existsSync("/var/lib/dpkg") || existsSync("/var/lib/rpm")).toBe(true);
    expect(victim.alive()).toBe(true);
  });

  test("the host's private paths are not visible", async () => {
    const fresh = await lab.launch("i-checks");
    const paths = [
      lab.folder,
      process.cwd(),
      homedir() === "/root" ? "/root/.cache" : homedir(),
      "/boot/grub",
      "/mnt/lost+found",
    ];
    const checks = paths.map((path) => `test -e '${path}' && echo '${path}'`).join("; ");
    expect((await lab.ssh(`root@${fresh}`, `${checks}; ls /tmp /opt /srv /media /mnt`)).stdout).toBe(
      "/media:\n\n/mnt:\n\n/opt:\n\n/srv:\n\n/tmp:\n",
    );
    expect((await lab.ssh(`root@${fresh}`, "cut -d: -f2 /etc/shadow | sort -u; ls /etc/ssh/*_key")).stdout).toBe(
      "*\n/etc/ssh/ssh_host_ed25519_key\n",
    );
    const hashes =
      "cat /etc/*shadow* /etc/passwd* | grep -E ':[$][0-9a-z]+[$]'; getent passwd | cut -d: -f3 | awk '$1 >= 1007 && $1 < 60000'";
    expect((await lab.ssh(`root@${fresh}`, hashes)).stdout).toBe("");
    expect(
      (await lab.ssh(`root@${fresh}`, "useradd -m newcomer && groupadd newcomers && gpasswd -a newcomer newcomers"))
        .code,
    ).toBe(0);
    expect((await lab.ssh(`root@${fresh}`, "ls /dev")).stdout.split("\n")).toEqual([
      "fd",
      "full",
      "null",
      "ptmx",
      "pts",
      "random",
      "shm",
      "stderr",
      "stdin",
      "stdout",
      "tty",
      "urandom",
      "zero",
      "",
    ]);
  });

  test("sftp follows a symbolic link only inside the sandbox", async () => {
    const fresh = await lab.launch("i-link");
    mkdirSync(join(lab.folder, "got"), { recursive: true });
    await lab.ssh(`root@${fresh}`, `ln -s ${canary} /root/out; ln -s / /root/up`);
    const login = `root@${fresh}`;
    const got = join(lab.folder, "got", "file");
    expect((await runProgram("sftp", ["-q", ...lab.sshOptions, `${login}:out`, got])).code).not.toBe(0);
    expect((await runProgram("sftp", ["-q", ...lab.sshOptions, `${login}:up/..${canary}`, got])).code).not.toBe(0);
    expect(existsSync(got)).toBe(false);
  });

  test("only sandboxes cannot reach the metadata address", async () => {
    const fresh = await lab.launch("i-metadata");
    const dial = "timeout 5 bash -c 'exec 3<>/dev/tcp/169.254.169.254/80'";
    const outcome = await lab.ssh(`ubuntu@${fresh}`, dial);
    expect(outcome.stderr).toMatch(/No route to host|unreachable/);
    const asRootOutcome = await lab.ssh(`root@${fresh}`, dial);
    expect(asRootOutcome.stderr).toMatch(/No route to host|unreachable/);
    const forward = await runProgram("ssh", [...lab.sshOptions, "-W", "169.254.169.254:80", `ubuntu@${fresh}`]);
    expect(forward.stderr).toMatch(/open failed|forwarding failed/);
    if (!hasRoutingTool) return;
    const first = (await lab.ssh(`root@${fresh}`, "awk '{ print $2 }' /proc/self/uid_map")).stdout.trim();
    const rules = (await runProgram("ip", ["rule"])).stdout
      .split("\n")
      .filter((line) => line.includes("169.254.169.254") && line.includes(`uidrange ${first}-`));
    expect(rules).toHaveLength(2);
    for (const rule of rules)
      expect(rule).toMatch(/uidrange 1\d{9}-1\d{9} ipproto tcp dport (1-52|54-65534) unreachable/);
  });

  test("only root can enter the directory that holds set-user-id files of sandboxes", async () => {
    const outcome = await runProgram("stat", ["-c", "%a %u", join(lab.stateDir, "machines")]);
    expect(outcome.stdout).toBe("700 0\n");
  });
});
