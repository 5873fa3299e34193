import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { describeWithEngine, docker, engineScope } from "../docker/real-engine.js";
import { temporaryFolder } from "../support/folder.js";
import { type Ran, runReally } from "./running.js";

// What is expected here is what Packer 1.16.0 with the docker plugin 1.1.5 wrote and made of the same templates on one engine (and
// Packer 1.6.6 where it knows the options), names, ids and times put aside.
const folder = temporaryFolder("docker-artifacts");

describeWithEngine("artifacts of container builds are Packer's", () => {
  const scope = engineScope();

  const build = async (name: string, template: object): Promise<Ran & { read(file: string): string }> => {
    const cwd = join(folder(), name);
    mkdirSync(cwd);
    writeFileSync(join(cwd, "web.json"), JSON.stringify(template));
    const env = {
      XDG_STATE_HOME: folder(),
      ...(process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {}),
    };
    const ran = await runReally(["build", "-color=false", "web.json"], { cwd, env });
    if (ran.code !== 0) throw new Error(`${ran.out}\n${ran.err}`);
    return { ...ran, read: (file) => readFileSync(join(cwd, file), "utf8") };
  };
  const config = (image: string) => JSON.parse(docker("image", "inspect", "--format", "{{json .Config}}", image));
  const manifested = (text: string) => {
    const [{ artifact_id: id, files, name, builder_type: type }] = JSON.parse(text).builds;
    return { id, files: files?.map((file: { name: string }) => file.name) ?? null, name, type };
  };
  const told = (out: string, who: string) =>
    out.split("\n").flatMap((line) => (line.startsWith(`    docker (${who}): `) ? [line.slice(15 + who.length)] : []));

  test("of a committed image, its names, and what is saved of it", async () => {
    const source = scope.name("source:1");
    const container = docker("create", "--entrypoint=/bin/busybox", scope.base, "sleep", "7");
    docker("commit", container, source);
    docker("rm", container);
    const repository = scope.name("made");
    const changes = [
      "EXPOSE 80",
      'ENV B=2 C="three four"',
      'LABEL l="v w"',
      "WORKDIR /var",
      "USER app",
      "VOLUME /data",
    ];
    const { out, read } = await build("commit", {
      builders: [
        {
          type: "docker",
          image: source,
          pull: false,
          commit: true,
          author: "Me <me@x>",
          message: "a message",
          changes,
        },
      ],
      "post-processors": [
        [
          { type: "docker-tag", repository, tags: ["2", "3"], tag: ["1"], force: true },
          { type: "manifest", output: "tag.json" },
          { type: "docker-save", path: "saved.tar" },
          { type: "manifest", output: "save.json" },
        ],
        [
          { type: "docker-tag", repository: `${repository}-plain` },
          { type: "manifest", output: "plain.json" },
        ],
        { type: "manifest", output: "made.json" },
      ],
    });
    const id = docker("image", "inspect", "--format", "{{.Id}}", `${repository}:1`);
    expect(config(`${repository}:1`)).toMatchObject({
      User: "app",
      ExposedPorts: { "80/tcp": {} },
      Env: ["FROM=base", "B=2", "C=three four"],
      Entrypoint: ["/bin/busybox"],
      Cmd: ["sleep", "7"],
      Volumes: { "/data": {} },
      WorkingDir: "/var",
      Labels: { l: "v w" },
    });
    expect(docker("image", "inspect", "--format", "{{.Author}} | {{.Comment}}", id)).toBe("Me <me@x> | a message");
    const of = (artifact: string) => ({ id: artifact, files: null, name: "docker", type: "docker" });
    expect(["tag", "save", "plain", "made"].map((name) => manifested(read(`${name}.json`)))).toEqual(
      [`${repository}:1`, `${repository}:1`, `${repository}-plain`, id].map(of),
    );
    const names = ["2", "3", "1"].map((tag) => `${repository}:${tag}`);
    expect(told(out, "docker-tag")).toEqual(
      [...names, `${repository}-plain`].flatMap((name) => [`Tagging image: ${id}`, `Repository: ${name}`]),
    );
    expect(told(out, "docker-save")).toEqual([`Saving image: ${repository}:1`, "Saved to: saved.tar"]);
    expect(out.split("\n").filter((line) => line.startsWith("--> "))).toEqual([
      `--> docker: Imported Docker image: ${id}`,
      `--> docker: Imported Docker image: ${repository}:1 with tags ${names.join(" ")}`,
      `--> docker: Imported Docker image: ${repository}-plain`,
    ]);
    docker("rmi", ...names, `${repository}-plain`);
    expect(docker("load", "--input", join(folder(), "commit", "saved.tar"))).toBe(`Loaded image: ${repository}:1`);
    expect(docker("image", "inspect", "--format", "{{.Id}}", `${repository}:1`)).toBe(id);
  });

  test("of an export, its checksum, and what is imported of it", async () => {
    const repository = scope.name("imported");
    const { out, read } = await build("export", {
      builders: [{ type: "docker", image: scope.base, pull: false, export_path: "root.tar" }],
      provisioners: [{ type: "shell", inline: ["echo hi >/made"] }],
      "post-processors": [
        { type: "manifest", output: "export.json" },
        { type: "checksum", checksum_types: ["sha1"] },
        [
          { type: "docker-import", repository, tag: "7", changes: ['CMD ["cat", "/made"]', "EXPOSE 81"] },
          { type: "manifest", output: "import.json" },
          { type: "docker-tag", repository: `${repository}-again`, tags: ["8"] },
          { type: "manifest", output: "again.json" },
        ],
      ],
    });
    const id = docker("image", "inspect", "--format", "{{.Id}}", `${repository}:7`);
    expect(config(`${repository}:7`)).toMatchObject({ Cmd: ["cat", "/made"], ExposedPorts: { "81/tcp": {} } });
    expect(docker("image", "inspect", "--format", "{{.Comment}}", id)).toBe("Imported from -");
    expect(read("packer_docker_docker_sha1.checksum")).toMatch(/^[0-9a-f]{40}\troot\.tar\n$/);
    const of = (artifact: string, files: readonly string[] | null) => ({
      id: artifact,
      files,
      name: "docker",
      type: "docker",
    });
    expect(["export", "import", "again"].map((name) => manifested(read(`${name}.json`)))).toEqual([
      of("Container", ["root.tar"]),
      of(`${repository}:7`, null),
      of(`${repository}-again:8`, null),
    ]);
    expect(told(out, "docker-import")).toEqual([
      "Importing image: root.tar",
      `Repository: ${repository}:7`,
      `Imported ID: ${id}`,
    ]);
    expect(out.split("\n").filter((line) => line.startsWith("--> "))).toEqual([
      "--> docker: Exported Docker file: root.tar",
      "--> docker: Created artifact from files: root.tar, packer_docker_docker_sha1.checksum",
      `--> docker: Imported Docker image: ${repository}:7`,
      `--> docker: Imported Docker image: ${repository}-again:8 with tags ${repository}-again:8`,
    ]);
  });

  test("what is known of the build is what Packer knows of a container", async () => {
    const known = ["ConnType", "ImageSha256", "User", "Port", "Host", "Password", "SSHPrivateKey", "PackerHTTPAddr"];
    const line = known.map((name) => `${name}={{build \`${name}\`}}`).join(" ");
    const { out, read } = await build("known", {
      builders: [{ type: "docker", image: scope.base, pull: false, commit: true }],
      provisioners: [
        { type: "shell-local", inline: [`echo "${line}"`] },
        { type: "shell", inline: ["echo in $(hostname)"] },
      ],
      "post-processors": [
        { type: "manifest", output: "m.json", custom_data: { id: "{{build `ID`}}", sha: "{{build `ImageSha256`}}" } },
        { type: "docker-tag", repository: scope.name("known") },
      ],
    });
    const unknown = "ERR_HTTP_ADDR_NOT_IMPLEMENTED_BY_BUILDER";
    expect(out).toContain(
      `    docker: ConnType=docker ImageSha256=ERR_IMAGE_SHA256_NOT_FOUND User= Port=0 Host= Password= SSHPrivateKey= PackerHTTPAddr=${unknown}\n`,
    );
    const [{ artifact_id: artifact, custom_data: data }] = JSON.parse(read("m.json")).builds;
    expect(data).toEqual({ id: expect.stringMatching(/^[0-9a-f]{64}$/), sha: artifact });
    expect(out).toContain(`docker: in ${data.id.slice(0, 12)}`);
  });
});
