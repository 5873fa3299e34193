import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { describeLogins, hasRoutingTool, type Lab, openLab, runProgram } from "./logins.js";

const isArm = process.arch === "arm64";
/** The number of a system call on this processor; the same on both from 424 on. */
const number = (x64: number, arm64: number) => (isArm ? arm64 : x64);

/** Prints the number of the error of a system call (1 is EPERM, 38 ENOSYS), or "allowed". */
const errorOf = (call: string) => `perl -e 'print syscall(${call}) == -1 ? $! + 0 : "allowed"'`;

/** Most processes of the lab's sandboxes. */
const PROCESSES = 220;

const EPERM = "1";
const ENOSYS = "38";

describeLogins("a namespace sandbox", () => {
  let lab: Lab;
  let address: string;
  beforeAll(async () => {
    lab = await openLab("namespace", PROCESSES);
    address = await lab.launch("i-limited");
  });
  afterAll(async () => {
    await lab?.close();
  });

  describe("denies its root system calls that attack the kernel", () => {
    test.each<[string, string, string]>([
      ["mount", `${number(165, 40)}, my $a = "none", my $b = "/mnt", my $c = "tmpfs", 0, 0`, EPERM],
      ["umount2", `${number(166, 39)}, my $a = "/dev/shm", 0`, EPERM],
      ["pivot_root", `${number(155, 41)}, my $a = ".", my $b = "."`, EPERM],
      ["the new mount calls: open_tree", `428, -100, my $a = "/", 1`, EPERM],
      ["the new mount calls: fsopen", `430, my $a = "tmpfs", 0`, EPERM],
      ["unshare of a user namespace", `${number(272, 97)}, 0x10000000`, EPERM],
      ["unshare of a network namespace", `${number(272, 97)}, 0x40000000`, EPERM],
      ["unshare of a mount namespace", `${number(272, 97)}, 0x20000`, EPERM],
      ["unshare of a time namespace", `${number(272, 97)}, 0x80`, EPERM],
      ["clone into a user namespace", `${number(56, 220)}, 0x10000011, 0, 0, 0, 0`, EPERM],
      ["clone3, whose flags cannot be read", `435, 0, 0`, ENOSYS],
      ["setns", `${number(308, 268)}, 0, 0`, EPERM],
      ["bpf", `${number(321, 280)}, 0, 0, 0`, EPERM],
      ["keyctl", `${number(250, 219)}, 0, 0, 0`, EPERM],
      ["add_key", `${number(248, 217)}, my $a = "user", my $b = "k", my $c = "v", 1, -2`, EPERM],
      ["request_key", `${number(249, 218)}, my $a = "user", my $b = "k", 0, 0`, EPERM],
      ["userfaultfd", `${number(323, 282)}, 1`, EPERM],
      ["perf_event_open", `${number(298, 241)}, my $a = "\\0" x 128, 0, -1, -1, 0`, EPERM],
      ["io_uring_setup", `425, 1, my $a = "\\0" x 128`, EPERM],
      ["init_module", `${number(175, 105)}, 0, 0, 0`, EPERM],
      ["finit_module", `${number(313, 273)}, 0, 0, 0`, EPERM],
      ["kexec_load", `${number(246, 104)}, 0, 0, 0, 0`, EPERM],
      ["open_by_handle_at", `${number(304, 265)}, 0, 0, 0`, EPERM],
      ["reboot", `${number(169, 142)}, 0, 0, 0, 0`, EPERM],
      ["syslog", `${number(103, 116)}, 3, my $a = "\\0" x 64, 64`, EPERM],
      ["a socket to the host of a virtual machine", `${number(41, 198)}, 40, 1, 0`, EPERM],
    ])("%s", async (_what, call, error) => {
      expect((await lab.ssh(`root@${address}`, errorOf(call))).stdout).toBe(error);
    });

    test("by the numbers of 32-bit programs too", async () => {
      if (isArm) return;
      const unshare = await runAs32Bit(310, 0x1000_0000);
      expect([EPERM, "no 32-bit programs"]).toContain(unshare);
      // getpid: what is not denied still works.
      if (unshare === EPERM) expect(Number(await runAs32Bit(20, 0))).not.toBe(Number(EPERM));
    });

    test("in the first process of the sandbox, and in what sudo starts", async () => {
      const filters = "grep -h '^Seccomp:' /proc/1/status /proc/self/status";
      expect((await lab.ssh(`root@${address}`, filters)).stdout).toBe("Seccomp:\t2\nSeccomp:\t2\n");
      const sudo = await lab.ssh(`ubuntu@${address}`, `sudo ${errorOf(`${number(272, 97)}, 0x10000000`)}`);
      expect(sudo.stdout).toBe(EPERM);
    });
  });

  /** Runs one system call as a 32-bit program does (`int 0x80`), and prints its error. */
  async function runAs32Bit(call: number, argument: number): Promise<string> {
    const code = Buffer.from([
      0xb8, 0, 0, 0, 0, 0xbb, 0, 0, 0, 0, 0xcd, 0x80, 0xf7, 0xd8, 0x89, 0xc7, 0xb8, 60, 0, 0, 0, 0x0f, 0x05,
    ]);
    code.writeUInt32LE(call, 1);
    code.writeUInt32LE(argument, 6);
    const header = Buffer.alloc(120);
    header.write("\x7fELF\x02\x01\x01", "latin1");
    header.writeUInt16LE(2, 16);
    header.writeUInt16LE(62, 18);
    header.writeUInt32LE(1, 20);
    header.writeBigUInt64LE(0x400078n, 24);
    header.writeBigUInt64LE(64n, 32);
    header.writeUInt16LE(64, 52);
    header.writeUInt16LE(56, 54);
    header.writeUInt16LE(1, 56);
    header.writeUInt32LE(1, 64);
    header.writeUInt32LE(5, 68);
    header.writeBigUInt64LE(0x400000n, 80);
    header.writeBigUInt64LE(0x400000n, 88);
    header.writeBigUInt64LE(BigInt(120 + code.length), 96);
    header.writeBigUInt64LE(BigInt(120 + code.length), 104);
    header.writeBigUInt64LE(0x1000n, 112);
    const program = Buffer.concat([header, code]).toString("base64");
    const { code: end } = await lab.ssh(
      `root@${address}`,
      `echo ${program} | base64 -d >/tmp/x; chmod +x /tmp/x; /tmp/x`,
    );
    return end >= 128 ? "no 32-bit programs" : String(end);
  }

  test.each<[string, string, string]>([
    ["sudo", "sudo -n id -u", "0\n"],
    ["packages", "sudo dpkg --configure -a && sudo apt-get -qq check && echo good", "good\n"],
    [
      "a package with a script",
      "mkdir -p /tmp/p/DEBIAN && printf 'Package: p\\nVersion: 1\\nArchitecture: all\\nMaintainer: m\\nDescription: d\\n' >/tmp/p/DEBIAN/control && printf '#!/bin/sh\\necho configured\\n' >/tmp/p/DEBIAN/postinst && chmod 755 /tmp/p/DEBIAN/postinst && dpkg-deb -b /tmp/p /tmp/p.deb >/dev/null && sudo dpkg -i /tmp/p.deb | tail -1",
      "configured\n",
    ],
    ["users", "sudo useradd -m app && sudo -u app sh -c 'cd && pwd'", "/home/app\n"],
    [
      "threads and pipelines",
      "perl -e 'for (1 .. 50) { fork or exit } 1 while wait > 0; print 7'; seq 3 | xargs -P 3 -n 1 true",
      "7",
    ],
    [
      "tracing of its own processes",
      `perl -e 'my $p = fork; unless ($p) { sleep 5; exit } print syscall(${number(101, 117)}, 16, $p, 0, 0); kill 9, $p'`,
      "0",
    ],
    ["a chroot", "sudo chroot / sh -c 'echo in'", "in\n"],
    ["unshare without a namespace", errorOf(`${number(272, 97)}, 0x200`), "allowed"],
  ])("still provisions: %s", async (_what, command, output) => {
    const ran = await lab.ssh(`ubuntu@${address}`, command);
    expect({ out: ran.stdout, err: ran.stderr }).toMatchObject({ out: output });
  });

  test("has a limit on its processes, whoever starts them, and the host has none of it", async () => {
    const fresh = await lab.launch("i-bomb");
    const bomb = (wait: string) =>
      `perl -e '$| = 1; my $n = 0; while ($n < 1000) { my $p = fork; last unless defined $p; unless ($p) { ${wait}; exit } $n++ } print "$n $!"; kill 9, -$$'`;
    const first = await lab.ssh(`root@${fresh}`, `setsid ${bomb("sleep 60")}`);
    const [count = "", ...why] = first.stdout.split(" ");
    expect(why.join(" ")).toBe("Resource temporarily unavailable");
    expect(Number(count)).toBeGreaterThan(100);
    expect(Number(count)).toBeLessThan(PROCESSES);
    // Half as root, the other half as another user: the limit is of all together.
    const half = Math.floor(PROCESSES / 2);
    const both = `perl -e 'for (1 .. ${half}) { fork or do { sleep 5; exit } }' & sleep 1; su ubuntu -c ${JSON.stringify(bomb("sleep 5").replaceAll("$", "\\$"))}`;
    const second = (await lab.ssh(`root@${fresh}`, both)).stdout.split(" ");
    expect(Number(second[0])).toBeLessThan(PROCESSES - half);
    expect(
      (
        await runProgram("perl", [
          "-e",
          `for (1 .. ${PROCESSES}) { defined(my $p = fork) or exit 1; $p or exit } 1 while wait > 0`,
        ])
      ).code,
    ).toBe(0);
  });

  test("cannot reach abstract sockets of the host, and has its own", async () => {
    const version = await runProgram("perl", ["-e", "print syscall(444, 0, 0, 1)"]);
    if (Number(version.stdout) < 6) {
      process.stderr.write("SKIPPED: abstract sockets, because the kernel is older than Linux 6.12.\n");
      return;
    }
    const name = `bake-ami-test-${process.pid}`;
    const socket = (target: string) =>
      `socket my $s, AF_UNIX, SOCK_STREAM, 0; my $a = pack "Sa*", AF_UNIX, "\\0${target}"`;
    const dial = (target: string) => `${socket(target)}; print connect($s, $a) ? "connected" : $!`;
    const serve = (target: string) => `${socket(target)}; bind $s, $a; listen $s, 5; $| = 1; print "up\\n"; sleep 60`;
    const server = spawn("perl", ["-MSocket", "-e", serve(name)], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      await once(server.stdout, "data");
      expect((await runProgram("perl", ["-MSocket", "-e", dial(name)])).stdout).toBe("connected");
      expect((await lab.ssh(`root@${address}`, `perl -MSocket -e '${dial(name)}'`)).stdout).toBe(
        "Operation not permitted",
      );
      // Sessions of the sandbox reach each other.
      const own = `perl -MSocket -e '${serve(`${name}-own`)}' >/tmp/up 2>&1 & until grep -q up /tmp/up; do sleep 0.1; done`;
      await lab.ssh(`root@${address}`, own);
      expect((await lab.ssh(`ubuntu@${address}`, `perl -MSocket -e '${dial(`${name}-own`)}'`)).stdout).toBe(
        "connected",
      );
    } finally {
      server.kill();
    }
  });

  test.each([
    ["instances of EC2, Azure and Google Cloud", "169.254.169.254"],
    ["tasks of ECS", "169.254.170.2"],
    ["pods of EKS", "169.254.170.23"],
    ["the host agent of Azure", "168.63.129.16"],
    ["instances of Alibaba Cloud", "100.100.100.200"],
    ["instances of EC2, by IPv6", "fd00:ec2::254"],
    ["pods of EKS, by IPv6", "fd00:ec2::23"],
  ])("cannot reach the service for %s", async (_what, service) => {
    const dial = `timeout 5 bash -c 'exec 3<>/dev/tcp/${service}/80'`;
    for (const user of ["root", "ubuntu"]) {
      const { code, stderr } = await lab.ssh(`${user}@${address}`, dial);
      expect({ code: code !== 0, stderr }).toMatchObject({
        code: true,
        stderr: expect.stringMatching(/No route|unreachable|not supported/),
      });
    }
    const forward = await runProgram("ssh", [...lab.sshOptions, "-W", `[${service}]:80`, `ubuntu@${address}`]);
    expect(forward.stderr).toMatch(/open failed|forwarding failed/);
    if (!hasRoutingTool || service.includes(":")) return;
    const id = (await lab.ssh(`root@${address}`, "awk '{ print $2 }' /proc/self/uid_map")).stdout.trim();
    const route = (port: string, uid: string) =>
      runProgram("ip", ["route", "get", service, "ipproto", "tcp", "dport", port, "uid", uid]);
    expect((await route("80", id)).code).not.toBe(0);
    // The host itself, and the name server at the same address, are as before.
    const host = (await route("80", "0")).code;
    expect((await route("53", id)).code).toBe(host);
  });
});
