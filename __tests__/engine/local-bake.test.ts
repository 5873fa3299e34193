import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { localContents } from "../../src/local/contents.js";
import { describeSandbox } from "../local/instances/logins.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("local-bake");

describeSandbox("the HCL2 example", () => {
  test("bakes two releases, each with its copy and its parameters", async () => {
    const state = join(folder(), "state");
    const args = ["-local", `-local-state=${state}`, "-ssm-parameter=/images/{image}/{build}"];
    const { code, out, err } = await runReally(["build", ...args, "examples/mesos-hcl2/mesos.pkr.hcl"], {
      env: { XDG_STATE_HOME: folder() },
    });
    expect({ code, err, out }).toMatchObject({ code: 0 });
    expect(err).not.toContain("Error");
    for (const name of ["jammy", "noble"]) {
      expect(out).toContain(`mesos.amazon-ebs.${name}: created the service mesos-slave`);
      expect(out).toContain(`mesos.amazon-ebs.${name}: ${name} is in place: mesos-master mesos-slave`);
      expect(out).toContain(`mesos.amazon-ebs.${name}: Adding tag: "mesos:version": "0.21.1"`);
    }

    const { images, parameters } = localContents(state);
    const named = images.map(({ region, name }) => `${region} ${name.replace(/-\d{8}-\d{6}$/, "")}`);
    expect(named.sort()).toEqual([
      "eu-west-1 example-mesos-0.21.1-jammy",
      "eu-west-1 example-mesos-0.21.1-noble",
      "us-east-1 example-mesos-0.21.1-jammy",
      "us-east-1 example-mesos-0.21.1-noble",
    ]);
    const idOf = (region: string, release: string) =>
      images.find((image) => image.region === region && image.name.includes(`-${release}-`))?.id;
    expect(parameters).toHaveLength(4);
    for (const { region, name, value } of parameters) {
      const [, release = ""] = /^\/images\/mesos-hcl2\/(jammy|noble)$/.exec(name) ?? [];
      expect([region, name, value]).toEqual([region, `/images/mesos-hcl2/${release}`, idOf(region, release)]);
    }
    // Nothing is left to release.
    expect(existsSync(join(folder(), "bake-ami", "ledgers"))).toBe(false);
  });
});
