import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { localContents } from "../../src/local/contents.js";
import { describeWithEngine, docker, engineScope } from "../docker/real-engine.js";
import { describeSandbox } from "../local/instances/logins.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("mixed-bake");

const AMI = {
  type: "amazon-ebs",
  region: "us-east-1",
  instance_type: "t3.micro",
  ssh_username: "ubuntu",
  source_ami_filter: {
    owners: ["099720109477"],
    most_recent: true,
    filters: { name: "ubuntu/images/*ubuntu-noble-24.04-amd64-server-*" },
  },
};

describeWithEngine("an AMI and a container image", () => {
  const scope = engineScope();

  describeSandbox("of one template", () => {
    const build = async (name: string, template: object, env: Readonly<Record<string, string>> = {}) => {
      const cwd = join(folder(), name);
      const state = join(cwd, "state");
      mkdirSync(cwd);
      const image = { type: "docker", image: scope.base, pull: false, commit: true };
      const builders = [{ ...AMI, ami_name: name }, image];
      writeFileSync(join(cwd, "mixed.json"), JSON.stringify({ builders, ...template }));
      const engine = process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {};
      const args = ["build", "-local", `-local-state=${state}`, "mixed.json"];
      const ran = await runReally(args, { cwd, env: { XDG_STATE_HOME: folder(), ...engine, ...env } });
      return { ...ran, cwd, images: () => localContents(state).images };
    };

    /** Containers of builds and ledgers: none may be left. */
    const left = () => {
      const ledgers = join(folder(), "bake-ami", "ledgers");
      const containers = docker("ps", "-aq", "--filter", `ancestor=${scope.base}`);
      return [...containers.split("\n"), ...(existsSync(ledgers) ? readdirSync(ledgers) : [])].filter(Boolean);
    };

    test("are baked in one run, one artifact each", async () => {
      const repository = scope.name("mixed");
      const { code, out, err, cwd, images } = await build("mixed", {
        provisioners: [
          { type: "shell", inline: ["echo for $PACKER_BUILDER_TYPE >/tmp/made", "cat /tmp/made"] },
          { type: "shell", inline: ["echo only here"], only: ["docker"] },
        ],
        "post-processors": [
          [{ type: "docker-tag", repository, tags: ["1"], only: ["docker"] }],
          [{ type: "manifest", output: "manifest.json" }],
        ],
      });
      expect({ code, err, out }).toMatchObject({ code: 0 });
      expect(out).toContain("docker: for docker");
      expect(out).toContain("amazon-ebs: for amazon-ebs");
      expect(out.match(/only here/g)).toHaveLength(1);
      const [image] = images();
      const { builds } = JSON.parse(readFileSync(join(cwd, "manifest.json"), "utf8"));
      const made = builds.map(({ name, artifact_id: id }: Record<string, string>) => [name, id]).sort();
      expect(made).toEqual([
        ["amazon-ebs", `us-east-1:${image?.id}`],
        ["docker", docker("image", "inspect", "--format", "{{.Id}}", `${repository}:1`)],
      ]);
      expect(left()).toEqual([]);
    });

    test.each([
      ["amazon-ebs", "docker", /Imported Docker image: sha256:[0-9a-f]{64}/, 0],
      ["docker", "amazon-ebs", /AMIs were created:\s+us-east-1: ami-[0-9a-f]{17}/, 1],
    ])("when %s fails, %s goes on; one summary, exit code 1", async (failing, other, artifact, images) => {
      const script = { type: "shell", inline: ["echo seen", "exit 3"], only: [failing] };
      const built = await build(`fails-${failing}`, { provisioners: [script] }, { FORCE_COLOR: "1" });
      expect({ code: built.code, out: built.out }).toMatchObject({ code: 1 });
      // Each build's lines in its own colour, the failed one's errors in red.
      const colour = { "amazon-ebs": 32, docker: 36 }[failing];
      expect(built.out).toContain(`\u001b[0;${colour}m    ${failing}: seen\u001b[0m`);
      expect(built.out).toContain(`\u001b[1;31m==> ${failing}: Error: inline script: Script exited`);
      const plain = built.out.replace(/\u001b\[[0-9;]*m/g, "");
      // It has no name for the engine's scope to find it by.
      const [image] = /sha256:[0-9a-f]{64}/.exec(plain) ?? [];
      if (image) docker("rmi", image);
      expect(plain.match(/Some builds didn't complete successfully and had errors:/g)).toHaveLength(1);
      expect(plain).toMatch(new RegExp(`^--> ${failing}: inline script: Script exited .* status: 3`, "m"));
      expect(plain.match(/Builds finished\. The artifacts of successful builds are:/g)).toHaveLength(1);
      const [, summary = ""] = plain.split("The artifacts of successful builds are:");
      expect(summary).toMatch(new RegExp(`^--> ${other}: `, "m"));
      expect(summary).toMatch(artifact);
      expect(summary).not.toContain(`--> ${failing}`);
      expect(built.images()).toHaveLength(images);
      expect(left()).toEqual([]);
    });
  });
});
