import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { PackageList } from "../../src/core/packages.js";
import { buildRpms, type Rpm } from "../inventory/rpms.js";
import { describeWith } from "../provisioners/tools.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("rpm-packages");

const describeRpm =
  process.env.BAKE_AMI_SKIP_SANDBOX === "1" ? describe.skip : describeWith("rpmbuild", "apt-get install rpm");

/** Makes an RPM-like machine of one that is Debian-like: its database has the packages that were uploaded, and a key. */
const INSTALL = `set -e
rm -f /var/lib/dpkg/status /etc/os-release
printf 'ID="example"\\nVERSION_ID="9.4"\\nPRETTY_NAME="Example Linux 9.4"\\n' > /etc/os-release
mkdir -p /etc/rpm
echo '%_dbpath /var/lib/rpm' > /etc/rpm/macros
rpm --import /tmp/rpms/vendor-key.asc
debian=; if rpm --help | grep -q -e --force-debian; then debian=--force-debian; fi
rpm -i $debian --justdb --nodeps --nosignature --ignorearch /tmp/rpms/*/*.rpm
rm -r /tmp/rpms
`;

const TEMPLATE = {
  variables: { rpms: "" },
  builders: [
    {
      type: "amazon-ebs",
      region: "us-east-1",
      instance_type: "t3.micro",
      ssh_username: "ubuntu",
      ami_name: "web {{uuid}}",
      source_ami_filter: {
        filters: { name: "ubuntu/images/*jammy-22.04-amd64*", "root-device-type": "ebs" },
        owners: ["099720109477"],
        most_recent: true,
      },
    },
  ],
  provisioners: [
    { type: "shell", inline: ["mkdir /tmp/rpms"] },
    { type: "file", source: "{{user `rpms`}}/", destination: "/tmp/rpms" },
    { type: "shell", script: "install.sh", execute_command: "sudo env {{.Vars}} sh {{.Path}}" },
  ],
};

/** The same in both images. */
const ALWAYS: readonly Rpm[] = [
  { name: "glibc", version: "2.34", release: "100.el9_4.2" },
  { name: "glibc", version: "2.34", release: "100.el9_4.2", arch: "i686" },
  { name: "tzdata", version: "2024a", release: "1.el9", arch: "noarch" },
  { name: "kernel-core", version: "5.14.0", release: "427.13.1.el9_4", source: "kernel" },
];

const FIRST: readonly Rpm[] = [
  ...ALWAYS,
  { name: "kernel-core", version: "5.14.0", release: "362.8.1.el9_3", source: "kernel" },
  { name: "openssl-libs", version: "3.0.7", release: "24.el9", epoch: 1, source: "openssl" },
  { name: "web-app", version: "1.25.0~rc1", release: "1.el9" },
  { name: "agent", version: "2.2.0^20240115git", release: "1.el9" },
];

const SECOND: readonly Rpm[] = [
  ...ALWAYS,
  { name: "kernel-core", version: "5.14.0", release: "427.16.1.el9_4", source: "kernel" },
  {
    name: "openssl-libs",
    version: "3.0.7",
    release: "27.el9",
    epoch: 1,
    source: "openssl",
    changelog: [
      "Wed Apr 03 2024 Jane Doe <jane@example.com> - 1:3.0.7-27\n- Rebuild",
      "Wed Mar 20 2024 Jane Doe <jane@example.com> - 1:3.0.7-26\n- Fix CVE-2024-0727\n- Fix more",
      "Mon Feb 05 2024 Jane Doe <jane@example.com> - 1:3.0.7-24\n- Fix CVE-2023-5678",
    ],
  },
  { name: "web-app", version: "1.25.0", release: "1.el9" },
  { name: "agent", version: "2.2.0", release: "1.el9" },
];

async function bake(name: string, rpms: readonly Rpm[]) {
  writeFileSync(join(folder(), "install.sh"), INSTALL);
  writeFileSync(join(folder(), "web.json"), JSON.stringify(TEMPLATE));
  buildRpms(join(folder(), name), rpms);
  copyFileSync(
    new URL("../inventory/recorded/vendor-key.asc", import.meta.url),
    join(folder(), name, "vendor-key.asc"),
  );
  const args = ["-local", "-local-state=state", `-var=rpms=${name}`, "-sbom=bills", "-packages=compare", "web.json"];
  const { code, out } = await runReally(["build", ...args], { cwd: folder(), env: { XDG_STATE_HOME: folder() } });
  expect({ code, out: code === 0 ? "" : out }).toEqual({ code: 0, out: "" });
  const read = (file: string) => readFileSync(join(folder(), file), "utf8");
  const list: PackageList = JSON.parse(read("bills/amazon-ebs.packages.json"));
  return { out, list, comment: read("state/comment.md"), bill: read("bills/amazon-ebs.cdx.json") };
}

describeRpm("the packages of an image with RPM's own database", () => {
  test("are listed with epochs, tildes and carets, each kernel and architecture, without keys; and compared", async () => {
    const first = await bake("first", FIRST);
    expect(first.list.distribution).toEqual({ id: "example", version: "9.4", name: "Example Linux 9.4" });
    const listed = ({ packages }: PackageList) =>
      packages.map(({ name, version, arch }) => `${name} ${version} ${arch}`);
    expect(listed(first.list)).toEqual([
      "agent 2.2.0^20240115git-1.el9 x86_64",
      "glibc 2.34-100.el9_4.2 i686",
      "glibc 2.34-100.el9_4.2 x86_64",
      "kernel-core 5.14.0-362.8.1.el9_3 x86_64",
      "kernel-core 5.14.0-427.13.1.el9_4 x86_64",
      "openssl-libs 1:3.0.7-24.el9 x86_64",
      "tzdata 2024a-1.el9 noarch",
      "web-app 1.25.0~rc1-1.el9 x86_64",
    ]);
    expect(first.list.packages[5]).toMatchObject({ source: "openssl", maintainer: "Example Linux" });
    expect(first.bill).toContain("pkg:rpm/example/openssl-libs@3.0.7-24.el9?arch=x86_64&distro=example-9.4&epoch=1");

    const second = await bake("second", SECOND);
    expect(second.list.securityUpdates).toEqual([
      { source: "openssl", version: "3.0.7-26" },
      { source: "openssl", version: "3.0.7-24" },
    ]);
    expect(second.out).toContain("3 upgraded, 1 downgraded (2 security-relevant)");
    const id = (text: string) => `<samp>${text}</samp>`;
    const rows = [...second.comment.matchAll(/^<tr>(<td.*<\/td>)<\/tr>$/gm)]
      .map(([, cells = ""]) => cells.split(/<\/?td[^>]*>/).filter((_cell, index) => index % 2 === 1))
      .filter(([, change]) => /^\w+ed$/.test(change ?? ""));
    expect(rows).toEqual([
      [id("openssl-libs"), "upgraded", id("1&#58;3.0.7-24.el9"), id("1&#58;3.0.7-27.el9"), "<b>security update</b>"],
      [id("kernel-core"), "upgraded", id("5.14.0-362.8.1.el9&#95;3"), id("5.14.0-427.16.1.el9&#95;4"), "sensitive"],
      [id("agent"), "downgraded", id("2.2.0&#94;20240115git-1.el9"), id("2.2.0-1.el9"), ""],
      [id("web-app"), "upgraded", id("1.25.0&#126;rc1-1.el9"), id("1.25.0-1.el9"), ""],
    ]);
  });
});
