import { checkCommunication } from "../../communicators/check.js";
import { communicatorFields, renamedSshOptions, sshFields, winrmFields } from "../../communicators/options.js";
import type { DeriveFacts } from "../../core/facts.js";
import { checkLogin, clientFields, loginFields } from "../../docker/options.js";
import type { Decode } from "../../options/decoding.js";
import { choice, flag, late, list, map, object, text, unsplitList } from "../../options/fields.js";
import { type CheckContext, type Complaints, schema } from "../../options/schema.js";

/** What the docker builder announces for `build.X` (Packer §1.11). */
export const DOCKER_GENERATED_DATA: readonly string[] = ["ImageSha256", "SourceImageDigest", "SourceImageSha256"];

const NO_WINDOWS = "Windows containers are not built; build them with docker build on a Windows runner.";

const argument = late({ doc: "An argument.", required: true });

/** Arguments are templates; one string is one argument, whatever commas it holds. */
const runCommand = unsplitList(argument, {
  doc: "Arguments of `docker run`, `{{.Image}}` being the image. It must start the container in the background.",
  defaultDoc: '`["-d", "-i", "-t", "--entrypoint=/bin/sh", "--", "{{.Image}}"]`',
});

const item = text({ doc: "One of them.", required: true });

/** What the image is made of, and how. */
const imageFields = {
  image: text({ doc: "Image that the container starts from; this or `build`." }),
  build: object(
    {
      path: text({ doc: "Path of the Dockerfile.", required: true }),
      build_dir: text({ doc: "Folder that is sent to the engine as the context.", default: "." }),
      arguments: map({ doc: "Build arguments by name." }),
      pull: flag({ doc: "Look for newer versions of the images that the Dockerfile names.", default: true }),
      compress: flag({ doc: "Compress the context on its way to the engine.", default: false }),
    },
    { doc: "Dockerfile to build the image from that the container starts from." },
  ),
  pull: flag({
    doc: "Pull `image` first; with `build` its own `pull` counts.",
    defaultDoc: "`true`",
    unfingerprinted: true,
  }),
  platform: text({ doc: "Platform of the image, e.g. `linux/arm64`." }),
  commit: flag({ doc: "Make an image of the container.", default: false }),
  discard: flag({ doc: "Keep nothing of the container.", default: false }),
  export_path: text({
    doc: "File that the container's files are written to, as a tar archive.",
    unfingerprinted: true,
  }),
  author: text({ doc: "Author of the image, e.g. `Jane <jane@example.org>`." }),
  message: text({ doc: "Message of the commit." }),
  changes: list(item, {
    doc: "Instructions of a Dockerfile to put on the image: `ENTRYPOINT`, `ENV`, `EXPOSE`, `USER` …",
  }),
};

/** How the container is run. */
const containerFields = {
  run_command: runCommand,
  container_dir: text({
    doc: "Folder for scratch files in the container: an empty volume, gone after the build.",
    defaultDoc: "none: files reach the container without one",
  }),
  volumes: map({ doc: "Volumes to mount: what is mounted (a path of the engine's machine, `~` allowed) and where." }),
  tmpfs: list(item, { doc: "Folders to mount as file systems in memory." }),
  device: list(item, { doc: "Devices of the engine's machine to give to the container." }),
  cap_add: list(item, { doc: "Capabilities to add." }),
  cap_drop: list(item, { doc: "Capabilities to take away." }),
  privileged: flag({ doc: "Give the container all capabilities and devices.", default: false }),
  runtime: text({ doc: "Container runtime of the engine, e.g. `runsc`." }),
  exec_user: text({ doc: "User that commands run as, `user[:group]`.", defaultDoc: "the image's" }),
  pty: flag({ doc: "Run commands in a terminal.", default: false }),
  fix_upload_owner: flag({
    doc: "Give uploads to the user that the container runs as; otherwise they are root's.",
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
    doc: "How the container is reached: by the engine, or by an SSH server in it.",
    default: "docker",
  }),
  ...sshFields,
  ...winrmFields,
};

/** The decoded options. */
export type DockerBuilderOptions = Decode<typeof fields>;

/** Options of the docker builder (Packer §3.8). */
export const dockerBuilderOptions = schema(fields, { renamed: renamedSshOptions, check: checkDockerBuilder });
/** The docker builder makes no AMIs. */
export const dockerFacts: DeriveFacts<DockerBuilderOptions> = (options) => ({
  communicator: options.communicator,
  images: undefined,
});

/** Rules over the docker builder's options (Packer §3.8). */
function checkDockerBuilder(options: DockerBuilderOptions, complaints: Complaints, context: CheckContext): void {
  checkSource(options, complaints, context);
  checkResult(options, complaints, context);
  checkLogin(options, complaints);
  if (options.communicator === "dockerWindowsContainer") {
    complaints.error("communicator", "Windows containers are not supported", NO_WINDOWS);
  }
  if (options.communicator === "winrm") {
    complaints.error("communicator", "the winrm communicator is not supported for containers", NO_WINDOWS);
  }
  if (options.communicator === "ssh") checkCommunication({ ...options, communicator: "ssh" }, complaints, context);
}

function checkSource(options: DockerBuilderOptions, complaints: Complaints, context: CheckContext): void {
  const { image, build } = options;
  if (!build) {
    if (!image) {
      complaints.error("image", 'either "image" or "build" must be specified', 'Write "image": "debian:12".');
    }
    return;
  }
  if (image) complaints.error("image", '"image" cannot be specified with "build"', "Take one of them out.");
  if (options.pull === true) {
    complaints.warning("pull", '"pull" has no effect with "build"', 'Use "pull" inside "build".');
  }
  if (build.path && context.pathKind(build.path) !== "file") {
    complaints.error("build.path", `no such file: '${build.path}'`, "Relative paths start from the working directory.");
  }
  if (context.pathKind(build.build_dir) !== "directory") {
    complaints.error("build.build_dir", `no such folder: '${build.build_dir}'`);
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
      "no instructions given for handling the artifact: expected commit, discard, or export_path",
      'Write "commit": true to make an image of the container.',
    );
  }
  if (given.length > 1) {
    complaints.error(
      given[1] ?? "",
      `cannot specify more than one of commit, discard, and export_path: ${given.join(", ")}`,
    );
  }
  if (options.export_path && context.pathKind(options.export_path) === "directory") {
    complaints.error("export_path", "export_path must be a file, not a directory");
  }
  if (options.commit) return;
  for (const option of ["author", "message", "changes"] as const) {
    if (options[option]?.length) complaints.warning(option, `"${option}" has no effect without "commit"`);
  }
}
