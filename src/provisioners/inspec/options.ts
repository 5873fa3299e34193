import type { ProvisionerFacts } from "../../core/facts.js";
import { choice, integer, late, list, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";
import { checkPrivateKey, checkProgram, pathCheck } from "../checks.js";

/** Hint for when InSpec is not installed. */
export const INSTALL_INSPEC = 'Install it on this host, or set "command" to the program.';

/** Options of the inspec provisioner, which runs InSpec on the runner (Packer §5.11). */
export const inspecOptions = schema(
  {
    profile: text({ doc: "Profile to run: a path, a URL or a name.", required: true }),
    command: text({ doc: "Program to run: a name or a path, without arguments.", default: "inspec" }),
    extra_arguments: list(late({ doc: "An argument; it is not interpreted by a shell.", required: true }), {
      doc: "Arguments for the program.",
    }),
    inspec_env_vars: list(late({ doc: "`KEY=value`.", required: true }), {
      doc: "Environment variables for InSpec, as `KEY=value`.",
    }),
    attributes: list(late({ doc: "A file.", required: true }), {
      doc: "Input files; one with `packer_build_name` and `packer_builder_type` is always added.",
    }),
    attributes_directory: text({ doc: "Directory for the added input file.", defaultDoc: "the temporary directory" }),
    backend: choice(["docker", "local", "ssh", "winrm"], {
      doc: "How InSpec connects to the machine.",
      default: "ssh",
    }),
    host: late({ doc: "Host that InSpec connects to; required with `docker`.", defaultDoc: "`127.0.0.1`" }),
    user: late({ doc: "User that InSpec logs in as.", defaultDoc: "the login user of the build" }),
    local_port: integer({
      doc: "Port of the SSH proxy on this host; the first free one of ten from this port. 0 uses any free port.",
      default: 0,
    }),
    ssh_host_key_file: text({ doc: "Private host key of the proxy.", defaultDoc: "a generated one" }),
    ssh_authorized_key_file: text({
      doc: "Public key that may log in to the proxy; configure InSpec to use its private key.",
      defaultDoc: "a generated one",
    }),
    valid_exit_codes: list(integer({ doc: "An exit code.", required: true }), {
      doc: "Exit codes that mean success; 101 means that controls were skipped.",
      default: [0, 101],
    }),
  },
  {
    check(options, complaints, context) {
      const checkPath = pathCheck(complaints, context);
      for (const option of ["ssh_authorized_key_file", "ssh_host_key_file"] as const) {
        checkPath(option, options[option], "file");
      }
      checkPrivateKey("ssh_host_key_file", options.ssh_host_key_file, complaints, context);
      checkPath("attributes_directory", options.attributes_directory, "directory");
      if (options.backend === "docker" && !options.host?.source) {
        complaints.error("backend", '"host" must be specified for the docker backend');
      }
      if (options.local_port < 0 || options.local_port > 65_535) {
        complaints.error("local_port", `"local_port" must be a valid port, not ${options.local_port}`);
      }
      // Only a warning: an earlier provisioner may install it, and Packer does not check it before the build.
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
  needsUnix: false,
  changesImage: true,
  subject: () => undefined,
};
