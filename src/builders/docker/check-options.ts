import { checkCommunication } from "../../communicators/check.js";
import type { CommunicationOptions } from "../../communicators/options.js";
import { checkLogin, type LoginOptions } from "../../docker/options.js";
import type { CheckContext, Complaints } from "../../options/schema.js";

/** The options that the rules are about. */
type Checked = Omit<CommunicationOptions, "communicator"> &
  LoginOptions & {
    readonly communicator: string;
    readonly image: string | undefined;
    readonly build: { readonly path: string; readonly build_dir: string } | undefined;
    readonly pull: boolean | undefined;
    readonly commit: boolean;
    readonly discard: boolean;
    readonly export_path: string | undefined;
    readonly author: string | undefined;
    readonly message: string | undefined;
    readonly changes: readonly string[];
    readonly windows_container: boolean;
  };

const NO_WINDOWS = "Windows containers are not built; build them with docker build on a Windows runner.";

/** Rules over the docker builder's options (Packer §3.8). */
export function checkDockerBuilder(options: Checked, complaints: Complaints, context: CheckContext): void {
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

function checkSource(options: Checked, complaints: Complaints, context: CheckContext): void {
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

function checkResult(options: Checked, complaints: Complaints, context: CheckContext): void {
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
