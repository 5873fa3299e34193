import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Artifact, DockerArtifact } from "../../src/core/artifact.js";
import { dockerImportOptions } from "../../src/post-processors/docker-import/options.js";
import { run as runImport } from "../../src/post-processors/docker-import/run.js";
import { dockerPushOptions } from "../../src/post-processors/docker-push/options.js";
import { run as runPush } from "../../src/post-processors/docker-push/run.js";
import { dockerSaveOptions } from "../../src/post-processors/docker-save/options.js";
import { run as runSave } from "../../src/post-processors/docker-save/run.js";
import { dockerTagOptions } from "../../src/post-processors/docker-tag/options.js";
import { run as runTag } from "../../src/post-processors/docker-tag/run.js";
import { ecrEndpoint } from "../docker/ecr-endpoint.js";
import { describeWithEngine, docker, engineScope } from "../docker/real-engine.js";
import { type Registry, startRegistry } from "../docker/registry.js";
import { decode, optionsFor } from "../provisioners/provision.js";
import { temporaryFolder } from "../support/folder.js";
import { filesArtifact, postProcessorContext } from "./run.js";

const folder = temporaryFolder("docker-post-processors");

const image = (imageId: string, tags: readonly string[] = []): DockerArtifact => ({
  kind: "docker-image",
  builderId: "packer.post-processor.docker-import",
  imageId,
  tags,
  program: undefined,
  digest: undefined,
  text: `Imported Docker image: ${imageId}`,
});

const tag = (artifact: Artifact, options: object, context = postProcessorContext(folder())) =>
  runTag(artifact, optionsFor(dockerTagOptions, options, folder()), context);

const push = (artifact: Artifact, options: object, context = postProcessorContext(folder())) =>
  runPush(artifact, optionsFor(dockerPushOptions, options, folder()), context);

const idOf = (name: string) => docker("image", "inspect", "--format", "{{.Id}}", name);

describeWithEngine("docker post-processors on an engine", () => {
  const scope = engineScope();

  describe("docker-tag", () => {
    test("tags the image with the names in tag and tags", async () => {
      const id = idOf(scope.base);
      const repository = scope.name("web");
      const context = postProcessorContext(folder());
      const result = await tag(image(id), { repository, tags: ["1.0", "1"], tag: "stable" }, context);
      const names = ["1.0", "1", "stable"].map((each) => `${repository}:${each}`);
      expect(names.map(idOf)).toEqual([id, id, id]);
      expect(result).toEqual({
        artifact: {
          kind: "docker-image",
          program: "docker",
          builderId: "packer.post-processor.docker-tag",
          imageId: `${repository}:stable`,
          tags: names,
          text: `Imported Docker image: ${repository}:stable with tags ${names.join(" ")}`,
        },
        keepInput: { keep: true, forced: true },
        files: [],
      });
      expect(context.events.filter((event) => event.type === "message").map((event) => event.text)).toContain(
        `Repository: ${repository}:1.0`,
      );
    });

    test("without a tag the engine uses latest", async () => {
      const repository = scope.name("untagged");
      await tag(image(idOf(scope.base)), { repository });
      expect(idOf(`${repository}:latest`)).toBe(idOf(scope.base));
    });

    test("rejects an image that does not exist", async () => {
      await expect(tag(image(scope.name("none:1")), { repository: scope.name("x") })).rejects.toMatchObject({
        code: "docker-image-missing",
      });
    });
  });

  test("docker-save writes an archive for docker load", async () => {
    const name = scope.name("saved:2");
    docker("tag", scope.base, name);
    const path = join(folder(), "deep", "saved.tar");
    const result = await runSave(
      image(name, [name]),
      optionsFor(dockerSaveOptions, { path: "deep/saved.tar" }, folder()),
      postProcessorContext(folder()),
    );
    expect(result).toEqual({
      artifact: image(name, [name]),
      keepInput: { keep: true, forced: false },
      files: [{ kind: "image", path }],
    });
    const id = idOf(name);
    docker("rmi", name);
    docker("load", "-i", path);
    expect(idOf(name)).toBe(id);
    expect(readdirSync(join(folder(), "deep"))).toEqual(["saved.tar"]);
  });

  test("docker-save of a missing image leaves no file", async () => {
    const options = optionsFor(dockerSaveOptions, { path: "gone.tar" }, folder());
    const saving = runSave(image(scope.name("gone:1")), options, postProcessorContext(folder()));
    await expect(saving).rejects.toMatchObject({ code: "docker-image-missing" });
    expect(readdirSync(folder()).filter((name) => name.startsWith("gone"))).toEqual([]);
  });

  test("docker-import creates an image from an exported container", async () => {
    const container = docker("create", scope.base);
    const file = join(folder(), "export.tar");
    docker("export", "-o", file, container);
    docker("rm", container);
    const repository = scope.name("imported");
    const changes = ["ENV GREETING=hello", 'CMD ["/bin/echo", "from", "the", "import"]'];
    const result = await runImport(
      filesArtifact(file),
      optionsFor(dockerImportOptions, { repository, tag: "3", changes, platform: "linux/amd64" }, folder()),
      postProcessorContext(folder()),
    );
    expect(result).toEqual({
      artifact: { ...image(`${repository}:3`, [`${repository}:3`]), program: "docker" },
      keepInput: { keep: false, forced: false },
      files: [],
    });
    expect(docker("run", "--rm", "--network=none", `${repository}:3`)).toBe("from the import");
    expect(docker("image", "inspect", "--format", "{{.Config.Env}}", `${repository}:3`)).toContain("GREETING=hello");
  });

  describe("docker-push", () => {
    let registry: Registry;
    const ecr = ecrEndpoint();
    beforeAll(async () => {
      registry = await startRegistry();
    });
    afterAll(() => registry.stop());

    const login = (more: object = {}) => ({
      login: true,
      login_server: registry.server,
      login_username: registry.user,
      login_password: registry.password,
      ...more,
    });

    /** Tags the base image for the registry; the engine's scope removes it. */
    const named = async (what: string, ...tags: string[]) => {
      const repository = `${registry.server}/${scope.name(what)}`;
      const { artifact } = await tag(image(idOf(scope.base)), { repository, tags });
      if (!artifact) throw new Error("docker-tag gave no artifact");
      return artifact;
    };

    test("logs in, pushes every name, and returns the digest", async () => {
      const config = join(folder(), "client");
      mkdirSync(config, { recursive: true });
      writeFileSync(join(config, "config.json"), '{"HttpHeaders":{"X-Test":"1"}}');
      const context = postProcessorContext(folder());
      const surroundings = { ...context.surroundings, env: { ...process.env, DOCKER_CONFIG: config } };
      const result = await push(await named("pushed", "1", "2"), login(), { ...context, surroundings });
      const digests = [
        await registry.digest(scope.name("pushed"), "1"),
        await registry.digest(scope.name("pushed"), "2"),
      ];
      expect(digests[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(result).toMatchObject({
        artifact: {
          builderId: "packer.post-processor.docker-push",
          digest: digests[0],
          imageId: expect.stringMatching(/:2$/),
        },
        keepInput: { keep: true, forced: false },
      });
      expect(digests[1]).toBe(digests[0]);
      const hidden = context.events.findIndex((event) => event.type === "secret" && event.value === registry.password);
      expect(hidden).toBeGreaterThanOrEqual(0);
      expect(JSON.stringify(context.events.toSpliced(hidden, 1))).not.toContain(registry.password);
      // The login is not stored in the user's own configuration.
      expect(readFileSync(join(config, "config.json"), "utf8")).not.toContain("auths");
    });

    test("logs in with the password from ECR Public", async () => {
      ecr.publicToken(registry.user, registry.password);
      const options = {
        ecr_login: true,
        aws_force_use_public_ecr: true,
        login_server: registry.server,
        aws_access_key: "AKIDEXAMPLE",
        aws_secret_key: "secret",
      };
      const context = postProcessorContext(folder());
      const surroundings = { ...context.surroundings, env: { ...process.env, ...ecr.env() } };
      const { artifact } = await push(await named("public", "1"), options, { ...context, surroundings });
      const digest = await registry.digest(scope.name("public"), "1");
      expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(artifact).toMatchObject({ digest });
      expect(ecr.calls).toHaveLength(1);
      expect(context.events.find((event) => event.type === "secret")).toMatchObject({ value: registry.password });
    });

    test("a wrong password is an error, and nothing is pushed", async () => {
      const artifact = await named("denied", "1");
      await expect(push(artifact, login({ login_password: "wrong" }))).rejects.toMatchObject({
        code: "docker-access-denied",
      });
      expect(await registry.digest(scope.name("denied"), "1")).toBeUndefined();
    });

    test("an unauthorized push has a hint to log in", async () => {
      const pushing = push(await named("anonymous", "1"), {});
      await expect(pushing).rejects.toMatchObject({
        code: "docker-access-denied",
        hint: expect.stringContaining("login"),
      });
    });

    test("an image without a name cannot be pushed", async () => {
      await expect(push(image(idOf(scope.base)), {})).rejects.toMatchObject({ code: "image-without-name" });
    });
  });
});

describe("without an engine", () => {
  test.each([
    [{ docker_path: "/nowhere/docker" }, {}, "docker-missing"],
    [{}, { DOCKER_HOST: "unix:///nowhere/docker.sock" }, "docker-engine-unreachable"],
  ])("%j %j is one error", async (options, env, code) => {
    const context = postProcessorContext(folder());
    const surroundings = { ...context.surroundings, env: { ...process.env, ...env } };
    const tagging = tag(image("x"), { repository: "y", ...options }, { ...context, surroundings });
    // Without a client on the PATH both cases fail with the first error.
    await expect(tagging).rejects.toMatchObject({ code: clientOnPath() ? code : "docker-missing" });
  });

  test.each([
    ["docker-tag", () => tag(filesArtifact("a"), { repository: "r" })],
    ["docker-push", () => push(filesArtifact("a"), {})],
  ])("%s rejects artifacts that are not images", async (kind, post) => {
    await expect(post()).rejects.toThrow(`Unknown artifact type: packer.file. ${kind} needs a Docker image`);
  });

  test.each([
    [image("x"), "Unknown artifact type"],
    [filesArtifact("a", "b"), "docker-import needs exactly one file, but the artifact has 2"],
  ])("docker-import rejects an artifact that is not one file", async (artifact, message) => {
    const options = optionsFor(dockerImportOptions, { repository: "r" }, folder());
    await expect(runImport(artifact, options, postProcessorContext(folder()))).rejects.toThrow(message);
  });

  test.each([
    ["docker-tag", () => decode(dockerTagOptions, {}, folder()), /"repository"/],
    ["docker-save", () => decode(dockerSaveOptions, {}, folder()), /"path"/],
    ["docker-import", () => decode(dockerImportOptions, {}, folder()), /"repository"/],
    ["docker-push", () => decode(dockerPushOptions, { login: true, login_username: "me" }, folder()), /login_password/],
    ["docker-push to ECR", () => decode(dockerPushOptions, { ecr_login: true }, folder()), /requires login_server/],
  ])("options of %s are checked", (_kind, decoded, message) => {
    const { diagnostics } = decoded();
    expect(diagnostics.map((each) => each.summary).join("\n")).toMatch(message);
  });
});

function clientOnPath(): boolean {
  return (process.env.PATH ?? "").split(":").some((path) => existsSync(join(path, "docker")));
}
