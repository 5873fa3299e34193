import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { defaultImageName, formerImageName } from "../../src/engine/image-name.js";
import { templatesOfSameName } from "../../src/engine/same-name.js";
import { placeTemplate } from "../../src/engine/template-place.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("image-name");

const nameOf = (path: string) => defaultImageName({ path, repository: "golden" });

describe("the default image name", () => {
  test.each([
    ["web.json", "web"],
    ["web.pkr.hcl", "web"],
    ["web.pkr.json", "web"],
    ["web.json.pkr.hcl", "web"],
    ["images/web.json", "web"],
    ["packer/images/web.json", "web"],
    ["Images/Web.json", "Web"],
    ["web/image.pkr.hcl", "web"],
    ["db/image.pkr.hcl", "db"],
    ["web/main.pkr.hcl", "web"],
    ["web/packer/build.pkr.hcl", "web"],
    ["db/packer.json", "db"],
    ["images/web", "web"],
    ["images/base/web.json", "base-web"],
    ["images/app/web.json", "app-web"],
    ["services/api/packer/template.json", "services-api"],
    ["services/api/images/worker.json", "services-api-images-worker"],
    ["db/db.pkr.hcl", "db"],
    ["examples/mesos/ubuntu-14.04-mesos.json", "ubuntu-14.04-mesos"],
    ["examples/mesos-hcl2/mesos.pkr.hcl", "mesos-hcl2"],
    ["a/a/a.json", "a"],
    ["os/mesos.json", "os-mesos"],
    ["web app/v1.2/base image.json", "web-app-v1.2-base-image"],
    ["", "golden"],
    ["main.pkr.hcl", "golden"],
    ["packer.json", "golden"],
    ["packer/images/main.pkr.hcl", "golden"],
  ])("of %j is %s", (path, name) => {
    expect(nameOf(path)).toBe(name);
  });

  test.each([
    ["images/web.json", "web"],
    ["web/main.pkr.hcl", "main"],
    ["images/base/", "base"],
    [".", "image"],
    ["-", "image"],
  ])("of %j was %s in earlier versions", (path, name) => {
    expect(formerImageName(path)).toBe(name);
  });
});

function write(root: string, files: readonly string[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), /\.pkr\.hcl$/.test(file) ? "build {\n}\n" : '{"builders": []}');
  }
}

describe("the place of a template", () => {
  test("is its path from the root of the repository, whatever the working directory", () => {
    const root = join(folder(), "placed");
    write(root, ["team/web/main.pkr.hcl", ".git/HEAD"]);
    const from = (workingDirectory: string, path: string) => {
      return placeTemplate(path, {
        workingDirectory: join(root, workingDirectory),
        workspace: undefined,
        repository: undefined,
      });
    };
    const place = { path: "team/web/main.pkr.hcl", repository: "placed", root };
    expect(from("", "team/web/main.pkr.hcl")).toEqual(place);
    expect(from("team", "./web/main.pkr.hcl")).toEqual(place);
    expect(from("team/web", "main.pkr.hcl")).toEqual(place);
    expect(from("team", join(root, "team/web/main.pkr.hcl"))).toEqual(place);
    expect(from("team", "web/")).toEqual({ ...place, path: "team/web" });
    expect(from("team/web", ".")).toEqual({ ...place, path: "team/web" });
    expect(from("team/web", "-")).toEqual({ ...place, path: "team/web" });
  });

  test("is that in the workspace of a job, which has the name of the job's repository", () => {
    const workspace = join(folder(), "job");
    write(workspace, ["db/packer.json", "checkout/web/packer.json", "checkout/.git/HEAD"]);
    const job = { workingDirectory: join(workspace, "db"), workspace, repository: "acme/golden" };
    expect(placeTemplate("packer.json", job)).toEqual({
      path: "db/packer.json",
      repository: "golden",
      root: workspace,
    });
    expect(placeTemplate("../checkout/web/packer.json", job)).toMatchObject({
      path: "web/packer.json",
      repository: "checkout",
    });
  });

  test("outside of a repository is that in the working directory, or in the template's own directory", () => {
    const root = join(folder(), "outside");
    write(root, ["a/web/main.pkr.hcl", "b/x.json"]);
    const checkout = { workingDirectory: join(root, "a"), workspace: undefined, repository: undefined };
    expect(placeTemplate("web/main.pkr.hcl", checkout)).toMatchObject({ path: "web/main.pkr.hcl", repository: "a" });
    expect(placeTemplate("../b/x.json", checkout)).toMatchObject({ path: "x.json", repository: "b" });
    expect(placeTemplate("missing.json", checkout)).toMatchObject({ path: "missing.json" });
  });
});

describe("other templates of the same name", () => {
  const files = [
    "images/web.json",
    "images/web.pkr.hcl",
    "packer/web.json",
    "packer/web.variables.json",
    "web/main.pkr.hcl",
    "web/variables.pkr.hcl",
    "web/notes.json",
    "node_modules/web.json",
    "db/main.pkr.hcl",
    "db/build.pkr.hcl",
    "a-b/c.json",
    "a/b-c.json",
    "alone/packer.json",
    "alone/packer.pkr.hcl",
  ];

  test.each([
    ["images/web.json", ["packer/web.json", "web/main.pkr.hcl"]],
    ["web", ["images/web.json", "images/web.pkr.hcl", "packer/web.json"]],
    ["db/main.pkr.hcl", ["db/build.pkr.hcl"]],
    ["db", []],
    ["a-b/c.json", ["a/b-c.json"]],
    ["alone/packer.json", []],
    ["alone/packer.pkr.hcl", []],
    ["elsewhere/web.json", []],
  ])("than %s are %j", (path, others) => {
    const root = join(folder(), "same");
    write(root, files);
    writeFileSync(join(root, "web/variables.pkr.hcl"), 'variable "build" {}\n');
    writeFileSync(join(root, "packer/web.variables.json"), "{}");
    expect(templatesOfSameName({ path, repository: "golden", root })).toEqual(others);
  });
});
