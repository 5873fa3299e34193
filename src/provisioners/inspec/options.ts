import type { ProvisionerFacts } from "../../core/facts.js";
import { choice, integer, late, list, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";
import { checkProgram, pathCheck } from "../checks.js";

/** What to do when InSpec is not on this machine. */
export const INSTALL_INSPEC = 'Install it where the bake runs, or name the program in "command".';

/** Options of the inspec provisioner, which runs InSpec on this machine (Packer §5.11). */
export const inspecOptions = schema(
  {
    profile: text({ doc: "Profile to run: a path, a URL or a name.", required: true }),
    command: text({ doc: "Program to run: a name or a path, without arguments.", default: "inspec" }),
    extra_arguments: list(late({ doc: "An argument; no shell reads it.", required: true }), {
      doc: "Arguments for the program.",
    }),
    inspec_env_vars: list(late({ doc: "`KEY=value`.", required: true }), {
      doc: "Environment variables for InSpec, as `KEY=value`.",
    }),
    attributes: list(late({ doc: "A file.", required: true }), {
      doc: "Files of inputs; one with `packer_build_name` and `packer_builder_type` is always added.",
    }),
    attributes_directory: text({ doc: "Folder for that file.", defaultDoc: "the temporary folder" }),
    backend: choice(["docker", "local", "ssh", "winrm"], { doc: "How InSpec reaches the machine.", default: "ssh" }),
    host: late({ doc: "Machine that InSpec connects to; required with `docker`.", defaultDoc: "`127.0.0.1`" }),
    user: late({ doc: "User that InSpec logs in as.", defaultDoc: "the user that the build itself logs in as" }),
    local_port: integer({
      doc: "Port of the SSH server on this machine that leads to the machine; the first free one of ten from here. 0 takes any.",
      default: 0,
    }),
    ssh_host_key_file: text({ doc: "Private key of that server.", defaultDoc: "one made for the build" }),
    ssh_authorized_key_file: text({
      doc: "Public key that may log in to that server; InSpec must know the private key by itself.",
      defaultDoc: "one made for the build",
    }),
    valid_exit_codes: list(integer({ doc: "An exit code.", required: true }), {
      doc: "Exit codes that count as success; 101 says that controls were skipped.",
      default: [0, 101],
    }),
  },
  {
    check(options, complaints, context) {
      const checkPath = pathCheck(complaints, context);
      for (const option of ["ssh_authorized_key_file", "ssh_host_key_file"] as const) {
        checkPath(option, options[option], "file");
      }
      checkPath("attributes_directory", options.attributes_directory, "directory");
      if (options.backend === "docker" && !options.host?.source) {
        complaints.error("backend", "backend: host must be specified for docker backend");
      }
      if (options.local_port < 0 || options.local_port > 65_535) {
        complaints.error("local_port", `local_port: ${options.local_port} must be a valid port`);
      }
      // An earlier provisioner may install it: Packer does not look for it before the build.
      const program = { option: "command", program: options.command, hint: INSTALL_INSPEC };
      checkProgram(program, { ...complaints, error: complaints.warning }, context);
    },
  },
);

export type InspecOptions = OptionsOf<typeof inspecOptions>;

/** InSpec runs on the runner and connects to the machine. */
export const inspecFacts: ProvisionerFacts<InspecOptions> = {
  runsOn: "runner",
  needsMachine: true,
  changesImage: true,
  subject: () => undefined,
};
