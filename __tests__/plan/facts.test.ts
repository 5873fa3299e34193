import { describe, expect, test } from "@jest/globals";
import { amazonEbsFacts } from "../../src/builders/amazon-ebs/options/facts.js";
import { type AmazonEbsOptions, amazonEbsSchema } from "../../src/builders/amazon-ebs/options/schema.js";
import { catalog } from "../../src/catalog.js";
import type { RunBuilder } from "../../src/core/parts.js";
import type { Schema } from "../../src/options/schema.js";
import { builder } from "../../src/plan/kinds.js";
import type { ReadyBuild } from "../../src/plan/plan.js";
import { provisionerOptions } from "../../src/plan/plan-provisioner.js";
import { files, roomOf } from "../architecture/imports.js";
import { optionsFor } from "../provisioners/provision.js";

describe("the compiler", () => {
  /** The options after a rename of `ami_name` in the schema. */
  type Renamed = Omit<AmazonEbsOptions, "ami_name"> & { readonly image_name: string };
  const more = { type: "amazon-ebs", generatedData: [], makesImages: true };
  const run = async () => Promise.reject(new Error("not run"));

  test("rejects facts that read an option missing from the schema", () => {
    const loadPreview = undefined;
    const load = async () => ({ run: run as RunBuilder<AmazonEbsOptions> });
    expect(builder({ ...more, schema: amazonEbsSchema, facts: amazonEbsFacts, load, loadPreview }).part).toBe(
      "builder",
    );

    const renamed = amazonEbsSchema as Schema<unknown> as Schema<Renamed>;
    const loadRenamed = async () => ({ run: run as RunBuilder<Renamed> });
    // @ts-expect-error: the facts read `ami_name`. `tsc` fails when this line compiles.
    builder({ ...more, schema: renamed, facts: amazonEbsFacts, load: loadRenamed, loadPreview });
  });

  test("rejects code outside a kind that reads an option of a build", () => {
    const nameOf = (build: Pick<ReadyBuild, "options">) => {
      // @ts-expect-error: the type of a build's options is unknown outside its kind. `tsc` fails when this line compiles.
      return build.options?.ami_name;
    };
    expect(nameOf({ options: undefined })).toBeUndefined();
  });
});

test("no module outside a kind reads its options by name", () => {
  const names = [...catalog.builders.values()].flatMap(({ schema }) => Object.keys(schema.fields));
  // The generic options of provisioners belong to the plan.
  const specific = [...new Set(names)].filter((name) => name.includes("_") && !(name in provisionerOptions.fields));
  expect(specific).toContain("ami_name");
  const reading = new RegExp(`(?:\\.|"|\\["|, ")(${specific.join("|")})\\b(?=["\\]),.;\\s])`);
  const rooms = ["plan", "bake", "fingerprint", "engine", "publish", "report", "action", "cli"];
  const lines = [...files]
    .filter(([file]) => rooms.includes(roomOf(file)))
    .flatMap(([file, text]) => text.split("\n").map((line) => `${file}: ${line.trim()}`))
    .filter((line) => reading.test(line) || line.includes("Reflect.get(options"));
  expect(lines).toEqual([]);
});

describe("facts of amazon-ebs", () => {
  const place = (option: string) => {
    const at = { offset: 0, line: option === "ami_regions" ? 7 : 1, column: 1 };
    return { file: "web.json", start: at, end: at };
  };
  const given = {
    region: "us-east-1",
    source_ami: "ami-0123456789abcdef0",
    instance_type: "t3.micro",
    ssh_username: "ubuntu",
    ami_name: "web",
    ami_regions: ["eu-west-1"],
    tags: { App: "web" },
  };
  const factsOf = (changed: object) =>
    amazonEbsFacts(optionsFor(amazonEbsSchema, { ...given, ...changed }, "/"), place);

  test("contain the name, Regions and tags of the images", () => {
    const { communicator, images } = factsOf({});
    expect(communicator).toBe("ssh");
    expect(images).toMatchObject({ name: "web", regions: ["us-east-1", "eu-west-1"] });
    expect(images?.copiesRange.start.line).toBe(7);
    expect(images?.tags.flat().map(({ key, value }) => [key.source, value.source])).toEqual([["App", "web"]]);
  });

  test("have an undefined Region where the template sets none", () => {
    expect(factsOf({ region: undefined }).images?.regions).toEqual([undefined, "eu-west-1"]);
  });

  test("have no images with skip_create_ami", () => {
    expect(factsOf({ skip_create_ami: true }).images).toBeUndefined();
  });
});

test("every provisioner states where it runs and whether it changes the image", () => {
  const stated = [...catalog.provisioners.values()].map(({ type, facts }) => {
    const { runsOn, needsMachine, changesImage } = facts;
    return [type, runsOn, ...(needsMachine ? ["needs a machine"] : []), ...(changesImage ? ["changes the image"] : [])];
  });
  expect(stated).toEqual([
    ["ansible", "runner", "needs a machine", "changes the image"],
    ["ansible-local", "machine", "needs a machine", "changes the image"],
    ["breakpoint", "runner"],
    ["chef-solo", "machine", "needs a machine", "changes the image"],
    ["file", "machine", "needs a machine", "changes the image"],
    ["inspec", "runner", "needs a machine", "changes the image"],
    ["powershell", "machine", "needs a machine", "changes the image"],
    ["puppet-masterless", "machine", "needs a machine", "changes the image"],
    ["salt-masterless", "machine", "needs a machine", "changes the image"],
    ["shell", "machine", "needs a machine", "changes the image"],
    ["shell-local", "runner", "changes the image"],
    ["sleep", "runner"],
    ["windows-restart", "machine", "needs a machine", "changes the image"],
    ["windows-shell", "machine", "needs a machine", "changes the image"],
    ["windows-update", "machine", "needs a machine", "changes the image"],
  ]);
});

test("the fingerprint contains the content of every file option", () => {
  const options = [...catalog.builders.values()].flatMap(({ schema }) => Object.entries(schema.fields));
  const named = options.filter(([name, { notes }]) => name.endsWith("_file") && !notes.unfingerprinted);
  expect(named.filter(([, { notes }]) => !notes.isFile).map(([name]) => name)).toEqual([]);
  expect(named.map(([name]) => name)).toContain("user_data_file");
});
