import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { localContents } from "../../src/local/contents.js";
import { describeSandbox } from "../local/instances/logins.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("private-bake");

/** Bakes a template on the local cloud, and returns its output and the images that were created. */
async function bakeLocally(template: string, ...flags: readonly string[]) {
  const state = join(folder(), `state-${Math.random()}`);
  const args = ["build", "-local", `-local-state=${state}`, ...flags, template];
  const ended = await runReally(args, { env: { XDG_STATE_HOME: folder() } });
  const names = ended.code === 0 ? localContents(state).images.map(({ name }) => name) : [];
  return { ...ended, names };
}

describeSandbox("the example for a private subnet", () => {
  test("bakes unchanged through Session Manager, and leaves nothing", async () => {
    const { code, out, err, names } = await bakeLocally("examples/private-subnet");
    expect({ code, err, out }).toMatchObject({ code: 0 });
    expect(out).toContain("(through Session Manager)");
    expect(out).toContain("amazon-ebs.web: Baked in a private subnet, through Session Manager.");
    expect(names).toEqual([expect.stringMatching(/^private-web-\d{14}$/)]);
    expect(existsSync(join(folder(), "bake-ami", "ledgers"))).toBe(false);
  });
});

describeSandbox("a template with a profile of the user's account", () => {
  test("bakes unchanged through Session Manager: the local cloud has every profile", async () => {
    const template = join(folder(), "ssm.pkr.hcl");
    writeFileSync(
      template,
      `data "amazon-ami" "base" {
  filters     = { name = "ubuntu/images/*ubuntu-jammy-22.04-amd64-server-*", virtualization-type = "hvm" }
  owners      = ["099720109477"]
  most_recent = true
  region      = "us-east-1"
}

source "amazon-ebs" "ssm" {
  ami_name             = "through-ssm"
  instance_type        = "t2.micro"
  region               = "us-east-1"
  source_ami           = data.amazon-ami.base.id
  ssh_username         = "ubuntu"
  ssh_interface        = "session_manager"
  communicator         = "ssh"
  session_manager_port = 8022
  pause_before_ssm     = "1s"
  iam_instance_profile = "of-the-account"
}

build {
  sources = ["source.amazon-ebs.ssm"]

  provisioner "shell" {
    inline = ["echo Connected as '\${build.User}' to port '\${build.Port}'"]
  }
}
`,
    );
    const { code, out, err } = await bakeLocally(template);
    expect({ code, err, out }).toMatchObject({ code: 0 });
    expect(out).toContain("amazon-ebs.ssm: Connected as ubuntu to port 22");
  });
});

describeSandbox("access: auto on the local cloud", () => {
  const template = (more: object) => {
    const path = join(folder(), `auto-${Math.random()}.json`);
    const builder = {
      ...{
        type: "amazon-ebs",
        region: "us-east-1",
        ami_name: "auto",
        instance_type: "t3.micro",
        ssh_username: "ubuntu",
      },
      source_ami_filter: {
        filters: { name: "ubuntu/images/*24.04*", architecture: "x86_64" },
        owners: ["099720109477"],
        most_recent: true,
      },
      ...more,
    };
    const provisioners = [{ type: "shell", inline: ["echo connected"] }];
    writeFileSync(path, JSON.stringify({ builders: [builder], provisioners }));
    return path;
  };

  test.each([
    [
      "the public address",
      {},
      /==> amazon-ebs: Access: public address, because all \d subnets assign public addresses/,
    ],
    [
      "the endpoint",
      { subnet_filter: { most_free: true }, associate_public_ip_address: false },
      /==> amazon-ebs: Access: EC2 Instance Connect Endpoint eice-\w+, because "associate_public_ip_address" is false/,
    ],
    [
      "what the template sets",
      { ssh_interface: "private_ip" },
      /==> amazon-ebs: Access: as the template sets it, because "ssh_interface" is set/,
    ],
  ])("connects through %s", async (_, more, expected) => {
    const { code, out, err } = await bakeLocally(template(more), "-access=auto");
    expect({ code, err, out }).toMatchObject({ code: 0 });
    expect(out).toMatch(expected);
    expect(out).toContain("amazon-ebs: connected");
  });
});
