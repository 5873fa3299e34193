import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { describeSandbox } from "../local/instances/logins.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("packages");

const hasDpkg = spawnSync("dpkg-deb", ["--version"]).status === 0 || process.env.BAKE_AMI_REQUIRE_TOOLS === "1";
const describeDebian = hasDpkg ? describeSandbox : describe.skip;

/** Makes a package of nothing and installs it, for each NAME=VERSION. */
const SCRIPT = `set -e
for each in $PACKAGES; do
  mkdir -p "/tmp/made/$each/DEBIAN"
  printf 'Package: %s\\nVersion: %s\\nSource: openssl\\nArchitecture: all\\nMaintainer: M <m@example.com>\\nDescription: d\\n' \\
    "\${each%%=*}" "\${each#*=}" > "/tmp/made/$each/DEBIAN/control"
  dpkg-deb --build "/tmp/made/$each" "/tmp/made/$each.deb"
done
dpkg --install /tmp/made/*.deb
rm -r /tmp/made
`;

const TEMPLATE = {
  variables: { packages: "" },
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
    {
      type: "shell",
      script: "install.sh",
      environment_vars: ["PACKAGES={{user `packages`}}"],
      execute_command: "sudo env {{.Vars}} sh {{.Path}}",
    },
  ],
};

async function bake(packages: string, more: readonly string[] = ["-packages=compare"]) {
  const args = ["-local", "-local-state=state", `-var=packages=${packages}`, "-sbom=bills", ...more];
  const { code, out } = await runReally(["build", ...args, "web.json"], {
    cwd: folder(),
    env: { XDG_STATE_HOME: folder() },
  });
  expect({ code, out: code === 0 ? "" : out }).toEqual({ code: 0, out: "" });
  return { out, comment: readFileSync(join(folder(), "state", "comment.md"), "utf8") };
}

describeDebian("an image's packages", () => {
  test("are compared with those of the previous image, reported, and written as a bill of materials", async () => {
    writeFileSync(join(folder(), "install.sh"), SCRIPT);
    writeFileSync(join(folder(), "web.json"), JSON.stringify(TEMPLATE));

    const first = await bake("made-one=1.9 made-two=1:1.0");
    expect(first.out).toMatch(/==> amazon-ebs: Packages: \d+ on \S+/);
    expect(first.out).not.toContain("since");
    const [, image] = /us-east-1: (ami-\w+)/.exec(first.out) ?? [];

    const second = await bake("made-one=1.10 made-three=2");
    expect(second.out).toContain(`since ${image}: 1 added, 1 removed, 1 upgraded (3 security-relevant)`);
    expect(second.comment).toContain(
      [
        "<tr><td nowrap><samp>made-one</samp></td><td nowrap>upgraded</td><td nowrap><samp>1.9</samp></td><td nowrap><samp>1.10</samp></td><td nowrap>sensitive</td></tr>",
        "<tr><td nowrap><samp>made-three</samp></td><td nowrap>added</td><td nowrap></td><td nowrap><samp>2</samp></td><td nowrap>sensitive</td></tr>",
        "<tr><td nowrap><samp>made-two</samp></td><td nowrap>removed</td><td nowrap><samp>1&#58;1.0</samp></td><td nowrap></td><td nowrap>sensitive</td></tr>",
      ].join("\n"),
    );

    const bill = JSON.parse(readFileSync(join(folder(), "bills", "amazon-ebs.cdx.json"), "utf8"));
    const names = bill.components.map(({ name, version }: Record<string, string>) => `${name} ${version}`);
    expect(names).toEqual(expect.arrayContaining(["made-one 1.10", "made-three 2"]));
    expect(names.join("\n")).not.toContain("made-two");

    const third = await bake("made-one=1.10", []);
    expect(third.out).toMatch(/Packages: \d+ on /);
    expect(third.out).not.toContain("since");

    const fourth = await bake("made-one=1.10", ["-packages=off"]);
    expect(fourth.out).not.toContain("Packages:");
  });
});
