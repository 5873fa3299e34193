import { checkCommunication } from "../../communicators/check.js";
import { communicatorFields, renamedSshOptions, sshFields, winrmFields } from "../../communicators/options.js";
import type { DeriveFacts } from "../../core/facts.js";
import { checkLogin, clientFields, loginFields } from "../../docker/options.js";
import type { Decode } from "../../options/decoding.js";
import { choice, flag, late, list, map, object, text, unsplitList } from "../../options/fields.js";
import { type CheckContext, type Complaints, schema } from "../../options/schema.js";

/** `build.X` values of the docker builder (Packer §1.11). */
export const DOCKER_GENERATED_DATA: readonly string[] = ["ImageSha256", "SourceImageDigest", "SourceImageSha256"];

const NO_WINDOWS = "Build Windows containers with `docker build` on a Windows runner.";

const argument = late({ doc: "An argument.", required: true });

/** Arguments are templates. A string is one argument, even if it contains commas. */
const runCommand = unsplitList(argument, {
  doc: "Arguments of `docker run`. `{{.Image}}` is the image. They must start the container in the background.",
  defaultDoc: '`["-d", "-i", "-t", "--entrypoint=/bin/sh", "--", "{{.Image}}"]`',
});

const item = text({ doc: "Item.", required: true });

/** Base image and result. */
const imageFields = {
  image: text({ doc: "Base image of the container. Set this or `build`." }),
  build: object(
    {
      path: text({ doc: "Path of the Dockerfile.", required: true }),
      build_dir: text({ doc: "Directory with the build context.", default: "." }),
      arguments: map({ doc: "Build arguments by name." }),
      pull: flag({ doc: "Pull newer versions of the images in the Dockerfile.", default: true }),
      compress: flag({ doc: "Compress the build context.", default: false }),
    },
    { doc: "Dockerfile to build the base image from." },
  ),
  pull: flag({
    doc: "Pull `image` first. With `build`, use `pull` inside it.",
    defaultDoc: "`true`",
    unfingerprinted: true,
  }),
  platform: text({ doc: "Platform of the image, e.g. `linux/arm64`." }),
  commit: flag({ doc: "Commit the container to an image.", default: false }),
  discard: flag({ doc: "Discard the container.", default: false }),
  export_path: text({
    doc: "File to export the container to, as a tar archive.",
    unfingerprinted: true,
  }),
  author: text({ doc: "Author of the image, e.g. `Jane <jane@example.org>`." }),
  message: text({ doc: "Commit message." }),
  changes: list(item, {
    doc: "Dockerfile instructions to apply to the image: `ENTRYPOINT`, `ENV`, `EXPOSE`, `USER` …",
  }),
};

/** How to run the container. */
const containerFields = {
  run_command: runCommand,
  container_dir: text({
    doc: "Directory for temporary files in the container: an empty volume, removed after the build.",
    defaultDoc: "none: uploads do not need one",
  }),
  volumes: map({ doc: "Volumes to mount: path on the engine's host (`~` is expanded) to path in the container." }),
  tmpfs: list(item, { doc: "Paths to mount as tmpfs file systems." }),
  device: list(item, { doc: "Devices of the engine's host to add to the container." }),
  cap_add: list(item, { doc: "Capabilities to add." }),
  cap_drop: list(item, { doc: "Capabilities to drop." }),
  privileged: flag({ doc: "Give the container all capabilities and devices.", default: false }),
  runtime: text({ doc: "Container runtime of the engine, e.g. `runsc`." }),
  exec_user: text({ doc: "User that runs commands, `user[:group]`.", defaultDoc: "the image's" }),
  pty: flag({ doc: "Run commands in a terminal.", default: false }),
  fix_upload_owner: flag({
    doc: "Make the container's user the owner of uploaded files. Otherwise root owns them.",
    default: true,
  }),
  windows_container: flag({
    doc: "Build a Windows container.",
    default: false,
    unsupported: NO_WINDOWS,
  }),
};

const fields = {
  ...imageFields,
  ...containerFields,
  ...clientFields,
  ...loginFields,
  ...communicatorFields,
  communicator: choice(["docker", "ssh", "none", "dockerWindowsContainer", "winrm"], {
    doc: "How to connect to the container: through the engine, or through an SSH server in the container.",
    default: "docker",
  }),
  ...sshFields,
  ...winrmFields,
};

/** The decoded options. */
export type DockerBuilderOptions = Decode<typeof fields>;

/** Options of the docker builder (Packer §3.8). */
export const dockerBuilderOptions = schema(fields, { renamed: renamedSshOptions, check: checkDockerBuilder });

/** The docker builder creates no AMIs. */
export const dockerFacts: DeriveFacts<DockerBuilderOptions> = (options) => ({
  communicator: options.communicator,
  images: undefined,
});

/** Checks the docker builder's options (Packer §3.8). */
function checkDockerBuilder(options: DockerBuilderOptions, complaints: Complaints, context: CheckContext): void {
  checkSource(options, complaints, context);
  checkResult(options, complaints, context);
  checkLogin(options, complaints);
  if (options.communicator === "dockerWindowsContainer") {
    complaints.error("communicator", "Windows containers are not supported", NO_WINDOWS);
  }
  if (options.communicator === "winrm") {
    complaints.error("communicator", '"communicator": "winrm" is not supported for containers', NO_WINDOWS);
  }
  if (options.communicator === "ssh") checkCommunication({ ...options, communicator: "ssh" }, complaints, context);
}

function checkSource(options: DockerBuilderOptions, complaints: Complaints, context: CheckContext): void {
  const { image, build } = options;
  if (!build) {
    if (!image) {
      complaints.error(
        "image",
        'Either "image" or "build" must be specified',
        'Set "image", for example to "debian:12".',
      );
    }
    return;
  }
  if (image) complaints.error("image", '"image" cannot be specified with "build"', "Remove one of them.");
  if (options.pull === true) {
    complaints.warning("pull", '"pull" has no effect with "build"', 'Use "pull" inside "build".');
  }
  if (build.path && context.pathKind(build.path) !== "file") {
    complaints.error(
      "build.path",
      `"build.path": no such file: "${build.path}"`,
      "Set a path relative to the working directory.",
    );
  }
  if (context.pathKind(build.build_dir) !== "directory") {
    complaints.error("build.build_dir", `"build.build_dir" is not a directory: "${build.build_dir}"`);
  }
}

function checkResult(options: DockerBuilderOptions, complaints: Complaints, context: CheckContext): void {
  const given = [
    ...(options.commit ? ["commit"] : []),
    ...(options.discard ? ["discard"] : []),
    ...(options.export_path ? ["export_path"] : []),
  ];
  if (given.length === 0) {
    complaints.error(
      "commit",
      "No instructions given for handling the artifact: expected commit, discard, or export_path",
      'Set "commit" to true to create an image of the container.',
    );
  }
  if (given.length > 1) {
    complaints.error(
      given[1] ?? "",
      `Cannot specify more than one of commit, discard, and export_path: ${given.join(", ")}`,
    );
  }
  if (options.export_path && context.pathKind(options.export_path) === "directory") {
    complaints.error("export_path", '"export_path" must be a file, not a directory');
  }
  if (options.commit) return;
  for (const option of ["author", "message", "changes"] as const) {
    if (options[option]?.length) complaints.warning(option, `"${option}" has no effect without "commit"`);
  }
}
