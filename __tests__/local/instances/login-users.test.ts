import { expect, test } from "@jest/globals";
import { userFiles } from "../../../src/local/instances/login-users.js";
import { linkAddress, loopbackAddress } from "../../../src/local/instances/ports.js";
import { prettyName } from "../../../src/local/instances/sandboxes.js";

test("the sandbox has the host's system users and the login users, without passwords, and not the host's other users", () => {
  const files = userFiles(
    "root:x:0:0::/root:/bin/zsh\ndaemon:x:1:1::/:/sbin/nologin\nann:x:1000:1000::/home/ann:/bin/bash\nubuntu:x:1001:1001::/home/ubuntu:/bin/sh\nnobody:x:65534:65534::/:/sbin/nologin\n+nis\n",
    "root:x:0:\nsudo:x:27:ann,daemon\nann:x:1000:\nubuntu:x:1001:\n",
  );
  expect(files.passwd.split("\n").map((line) => line.split(":").slice(0, 3).join(":"))).toEqual([
    "root:x:0",
    "daemon:x:1",
    "nobody:x:65534",
    "ubuntu:x:1000",
    "ec2-user:x:1001",
    "admin:x:1002",
    "debian:x:1003",
    "centos:x:1004",
    "rocky:x:1005",
    "fedora:x:1006",
    "",
  ]);
  expect(files.passwd).toContain("root:x:0:0:root:/root:/bin/bash\n");
  expect(files.group).toContain("sudo:x:27:daemon\n");
  expect(files.group).not.toContain("ann");
  expect(
    new Set(
      files.shadow
        .trim()
        .split("\n")
        .map((line) => line.split(":")[1]),
    ),
  ).toEqual(new Set(["*"]));
});

test.each([
  [0, "127.65.0.1", "198.18.0.1"],
  [249, "127.65.0.250", "198.18.1.243"],
  [250, "127.65.1.1", "198.18.1.245"],
  [62_499, "127.65.249.250", "198.19.232.71"],
  [65_535, "127.65.12.36", "198.19.255.255"],
])("address %i", (n, loopback, link) => {
  expect(loopbackAddress(n)).toBe(loopback);
  expect(linkAddress(n)).toBe(link);
});

test.each([
  ['NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n', "Debian GNU/Linux 12 (bookworm)"],
  ["PRETTY_NAME=Alpine\n", "Alpine"],
  ["", "Linux"],
])("os-release %j", (text, name) => {
  expect(prettyName(text)).toBe(name);
});
