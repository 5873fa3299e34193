import { communicatorFields, renamedSshOptions, sshFields, winrmFields } from "../../communicators/options.js";
import type { DeriveFacts } from "../../core/facts.js";
import { clientFields, loginFields } from "../../docker/options.js";
import { choice, flag, late, list, map, object, text, unsplitList } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";
import { checkDockerBuilder } from "./check-options.js";

/** What the docker builder announces for `build.X` (Packer §1.11). */
export const DOCKER_GENERATED_DATA: readonly string[] = ["ImageSha256", "SourceImageDigest", "SourceImageSha256"];

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
    unsupported: "Windows containers are not built; build them with docker build on a Windows runner.",
  }),
};

/** Options of the docker builder (Packer §3.8). */
export const dockerBuilderOptions = schema(
  {
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
  },
  { renamed: renamedSshOptions, check: checkDockerBuilder },
);

export type DockerBuilderOptions = OptionsOf<typeof dockerBuilderOptions>;

/** The docker builder makes no AMIs. */
export const dockerFacts: DeriveFacts<DockerBuilderOptions> = (options) => ({
  communicator: options.communicator,
  images: undefined,
});
