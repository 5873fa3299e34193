import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { localContents } from "../../src/local/contents.js";
import { describeWithEngine, docker, engineScope } from "../docker/real-engine.js";
import { describeSandbox } from "../local/instances/logins.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("mixed-bake");

describeWithEngine("an AMI and a container image", () => {
  const scope = engineScope();

  describeSandbox("of one template", () => {
    test("are baked side by side, one artifact each", async () => {
      const state = join(folder(), "state");
      const cwd = join(folder(), "template");
      mkdirSync(cwd);
      const repository = scope.name("mixed");
      const template = {
        builders: [
          {
            type: "amazon-ebs",
            region: "us-east-1",
            instance_type: "t3.micro",
            ssh_username: "ubuntu",
            ami_name: "mixed",
            source_ami_filter: {
              owners: ["099720109477"],
              most_recent: true,
              filters: { name: "ubuntu/images/*ubuntu-noble-24.04-amd64-server-*" },
            },
          },
          { type: "docker", image: scope.base, pull: false, commit: true },
        ],
        provisioners: [
          { type: "shell", inline: ["echo for $PACKER_BUILDER_TYPE >/tmp/made", "cat /tmp/made"] },
          { type: "shell", inline: ["echo only here"], only: ["docker"] },
        ],
        "post-processors": [
          [{ type: "docker-tag", repository, tags: ["1"], only: ["docker"] }],
          [{ type: "manifest", output: "manifest.json" }],
        ],
      };
      writeFileSync(join(cwd, "mixed.json"), JSON.stringify(template));
      const env = {
        XDG_STATE_HOME: folder(),
        ...(process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {}),
      };
      const args = ["build", "-color=false", "-local", `-local-state=${state}`, "mixed.json"];
      const { code, out, err } = await runReally(args, { cwd, env });
      expect({ code, err, out }).toMatchObject({ code: 0 });
      // Side by side: the container is there before the instance's image is.
      expect(out.indexOf("Container ID")).toBeLessThan(out.indexOf("Stopping the source instance"));
      expect(out).toContain("docker: for docker");
      expect(out).toContain("amazon-ebs: for amazon-ebs");
      expect(out.match(/only here/g)).toHaveLength(1);
      const [image] = localContents(state).images;
      const { builds } = JSON.parse(readFileSync(join(cwd, "manifest.json"), "utf8"));
      const made = builds.map(({ name, artifact_id: id }: Record<string, string>) => [name, id]).sort();
      expect(made).toEqual([
        ["amazon-ebs", `us-east-1:${image?.id}`],
        ["docker", docker("image", "inspect", "--format", "{{.Id}}", `${repository}:1`)],
      ]);
      expect(docker("ps", "-aq", "--filter", `ancestor=${scope.base}`)).toBe("");
      const ledgers = join(folder(), "bake-ami", "ledgers");
      expect(existsSync(ledgers) ? readdirSync(ledgers) : []).toEqual([]);
    });
  });
});
