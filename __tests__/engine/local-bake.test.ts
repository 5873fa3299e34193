import { existsSync, writeFileSync } from "node:fs";
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

describeSandbox("a template with Regions that need an opt-in, of another partition, and of a later year", () => {
  test("is baked in all of them", async () => {
    const state = join(folder(), "regions");
    const regions = ["af-south-1", "mx-central-1", "us-gov-west-1", "eusc-de-east-1", "eu-central-4"];
    const builder = {
      ...{ type: "amazon-ebs", region: "cn-north-1", ami_regions: regions, ami_name: "everywhere" },
      ...{ instance_type: "t3.micro", communicator: "none" },
      source_ami_filter: {
        filters: { name: "ubuntu/images/*24.04*", architecture: "x86_64" },
        owners: ["099720109477"],
        most_recent: true,
      },
    };
    const template = join(folder(), "everywhere.json");
    writeFileSync(template, JSON.stringify({ builders: [builder] }));
    const { code, out, err } = await runReally(["build", "-local", `-local-state=${state}`, template], {
      env: { XDG_STATE_HOME: folder() },
    });
    expect({ code, err, out }).toMatchObject({ code: 0 });
    const { images } = localContents(state);
    expect(images.map(({ region, name }) => `${region} ${name}`).sort()).toEqual(
      ["cn-north-1", ...regions].map((region) => `${region} everywhere`).sort(),
    );
  });
});
