import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { withDefaults } from "../../../src/builders/docker/commit.js";
import { runArguments } from "../../../src/builders/docker/container.js";
import { dockerBuilderOptions } from "../../../src/builders/docker/options.js";
import { decode, optionsFor } from "../../provisioners/provision.js";
import { temporaryFolder } from "../../support/folder.js";

const folder = temporaryFolder("docker-options");

beforeAll(() => {
  mkdirSync(join(folder(), "context"));
  writeFileSync(join(folder(), "context/Dockerfile"), "FROM scratch\n");
});

const discarded = { image: "debian:12", discard: true };
const ecrServer = "https://123.dkr.ecr.us-east-1.amazonaws.com";
const build = { path: "context/Dockerfile", build_dir: "context" };
const complaints = (options: object) =>
  decode(dockerBuilderOptions, options, folder()).diagnostics.map(({ severity, summary }) => `${severity}: ${summary}`);

describe("options of the docker builder", () => {
  test.each<[object, string[]]>([
    [discarded, []],
    [{ build, commit: true }, []],
    [{ image: "x", commit: true, author: "me", message: "m", changes: ["EXPOSE 80"] }, []],
    [{ image: "x", export_path: "out/x.tar" }, []],
    [
      { image: "x", discard: true, ssh_pty: true, login_email: "a@b" },
      ['warning: "login_email" is deprecated: registries no longer use an email address'],
    ],
    [{ discard: true }, ['error: Either "image" or "build" must be specified']],
    [{ image: "x", build, discard: true }, ['error: "image" cannot be specified with "build"']],
    [{ build, pull: true, discard: true }, ['warning: "pull" has no effect with "build"']],
    [{ build: { path: "none" }, discard: true }, ['error: "build.path": no such file: "none"']],
    [
      { build: { path: "context/Dockerfile", build_dir: "none" }, discard: true },
      ['error: "build.build_dir" is not a directory: "none"'],
    ],
    [
      { image: "x" },
      ["error: No instructions given for handling the artifact: expected commit, discard, or export_path"],
    ],
    [
      { image: "x", commit: true, discard: true, export_path: "y" },
      ["error: Cannot specify more than one of commit, discard, and export_path: commit, discard, export_path"],
    ],
    [{ image: "x", export_path: "context" }, ['error: "export_path" must be a file, not a directory']],
    [{ ...discarded, changes: ["USER x"] }, ['warning: "changes" has no effect without "commit"']],
    [{ ...discarded, ecr_login: true }, ["error: ECR login requires login_server to be provided"]],
    [
      { ...discarded, ecr_login: true, login_server: "example.org" },
      ['warning: "login_server" is not an ECR registry: "example.org"; the build fails'],
    ],
    [{ ...discarded, ecr_login: true, login_server: "public.ecr.aws/x" }, []],
    [{ ...discarded, ecr_login: true, login_server: "example.org", aws_force_use_public_ecr: true }, []],
    [
      { ...discarded, ecr_login: true, login_server: ecrServer, aws_force_use_public_ecr: true },
      [`warning: "${ecrServer}" is a private ECR registry, which rejects a password of ECR Public`],
    ],
    [
      { ...discarded, aws_force_use_public_ecr: true },
      ['warning: "aws_force_use_public_ecr" has no effect without "ecr_login"'],
    ],
    [{ ...discarded, ecr_login: true, login_server: ecrServer }, []],
    [{ ...discarded, login: true, login_username: "me" }, ['error: "login_username" is set without "login_password"']],
    [
      { ...discarded, login_username: "me", login_password: "x" },
      ['warning: Login options have no effect without "login"'],
    ],
    [{ ...discarded, communicator: "dockerWindowsContainer" }, ["error: Windows containers are not supported"]],
    [{ ...discarded, communicator: "winrm" }, ['error: "communicator": "winrm" is not supported for containers']],
    [{ ...discarded, communicator: "ssh" }, ['error: An "ssh_username" must be specified']],
    [
      { ...discarded, windows_container: true },
      ['warning: "windows_container" is not supported yet; builds that use it fail'],
    ],
    [{ ...discarded, comit: true }, ['error: Unknown configuration key: "comit"']],
  ])("%j", (options, expected) => {
    expect(complaints(options)).toEqual(expected);
  });

  test("secrets of logins are known before anything runs", () => {
    const { secrets } = decode(
      dockerBuilderOptions,
      { ...discarded, login_password: "p", aws_secret_key: "s" },
      folder(),
    );
    expect(secrets).toEqual(["p", "s"]);
  });
});

describe("arguments of docker run", () => {
  const args = (options: object) =>
    runArguments(optionsFor(dockerBuilderOptions, { ...discarded, ...options }, folder()), "img");

  test.each<[object, string[]]>([
    [{}, ["--pull=never", "-d", "-i", "-t", "--entrypoint=/bin/sh", "--", "img"]],
    [{ run_command: ["-d", "{{.Image}}", "/sbin/init"] }, ["--pull=never", "-d", "img", "/sbin/init"]],
    [
      {
        device: ["/dev/fuse"],
        cap_add: ["SYS_ADMIN", "NET_ADMIN"],
        cap_drop: ["MKNOD"],
        privileged: true,
        runtime: "runsc",
        platform: "linux/arm64",
        tmpfs: ["/run"],
        volumes: { "/host": "/here:ro", "~/cache": "/cache" },
        container_dir: "/packer-files",
        run_command: ["-d", "{{.Image}}"],
      },
      [
        "--pull=never --device /dev/fuse --cap-add SYS_ADMIN --cap-add NET_ADMIN --cap-drop MKNOD --privileged --runtime runsc",
        "--platform linux/arm64 --tmpfs /run -v /host:/here:ro",
        `-v ${homedir()}/cache:/cache --mount type=volume,dst=/packer-files -d img`,
      ].flatMap((line) => line.split(" ")),
    ],
  ])("%j", (options, expected) => {
    expect(args(options)).toEqual(expected);
  });
});

describe("changes of a commit", () => {
  const source = { command: ["node", "a b"], entrypoint: ["/start"] };
  const none = { command: [], entrypoint: [] };

  test.each([
    [["EXPOSE 80"], source, ["EXPOSE 80", 'CMD ["node","a b"]', 'ENTRYPOINT ["/start"]']],
    [["CMD x"], source, ["CMD x", 'ENTRYPOINT ["/start"]']],
    [["entrypoint x", " cmd y"], source, ["entrypoint x", " cmd y"]],
    [["ENV CMD=1"], none, ["ENV CMD=1", "CMD []", 'ENTRYPOINT [""]']],
  ])("%j on %j", (changes, image, expected) => {
    expect(withDefaults(changes, image)).toEqual(expected);
  });
});
