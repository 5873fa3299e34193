import type { ProvisionerFacts } from "../../core/facts.js";
import { flag, list, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";
import { pathCheck } from "../checks.js";

/** A formula: a Git URL that ends in `.git`, `//` and a directory in the repository, optionally `?ref=…`. */
export const FORMULA = /^(?:git::)?(.*\.git)\/\/([\w-]+)(?:\?(.*))?$/;

/** Options of the salt-masterless provisioner (Packer §5.10). */
export const saltMasterlessOptions = schema(
  {
    local_state_tree: text({ doc: "Directory of states to upload.", required: true }),
    local_pillar_roots: text({ doc: "Directory of pillar to upload." }),
    remote_state_tree: text({
      doc: "Directory for the states on the machine; existing content is removed.",
      defaultDoc: "`/srv/salt`",
    }),
    remote_pillar_roots: text({
      doc: "Directory for the pillar on the machine; existing content is removed.",
      defaultDoc: "`/srv/pillar`",
    }),
    minion_config: text({
      doc: "Configuration to upload as `/etc/salt/minion`. It sets the directories, so it cannot be combined with `remote_state_tree` and `remote_pillar_roots`.",
    }),
    grains_file: text({ doc: "Grains to upload as `/etc/salt/grains`." }),
    formulas: list(text({ doc: "A URL.", required: true }), {
      doc: "Formulas to fetch into the state tree for the build, as `git::https://HOST/REPOSITORY.git//DIRECTORY?ref=TAG`.",
    }),
    custom_state: text({ doc: "State to apply.", defaultDoc: "the highstate" }),
    skip_bootstrap: flag({ doc: "Do not install Salt; it must already be on the machine.", default: false }),
    bootstrap_args: text({ doc: "Arguments for Salt's bootstrap script." }),
    salt_bin_dir: text({ doc: "Directory of the program `salt-call`.", defaultDoc: "the PATH" }),
    salt_call_args: text({ doc: "More arguments for `salt-call`." }),
    log_level: text({ doc: "Log level of `salt-call`.", default: "info" }),
    no_exit_on_failure: flag({ doc: "Continue when `salt-call` fails.", default: false }),
    disable_sudo: flag({ doc: "Run without sudo.", default: false }),
    temp_config_dir: text({ doc: "Directory on the machine to upload to.", default: "/tmp/salt" }),
    guest_os_type: text({ doc: "Operating system of the machine: `unix`.", default: "unix" }),
  },
  {
    check(options, complaints, context) {
      const checkPath = pathCheck(complaints, context);
      for (const option of ["local_state_tree", "local_pillar_roots"] as const) {
        checkPath(option, options[option], "directory");
      }
      for (const option of ["minion_config", "grains_file"] as const) {
        checkPath(option, options[option], "file");
      }
      options.formulas.forEach((url, index) => {
        if (FORMULA.test(url)) return;
        complaints.error(
          `formulas[${index}]`,
          `Invalid formula URL: "${url}"`,
          'Write the URL of a Git repository, "//" and a directory in it, for example "git::https://github.com/saltstack-formulas/vim-formula.git//vim".',
        );
      });
      const os = options.guest_os_type.toLowerCase();
      if (os === "windows") {
        complaints.refusal(
          "guest_os_type",
          "Salt on Windows is not supported; the build fails",
          "Run salt-call from a powershell provisioner.",
        );
      } else if (os !== "" && os !== "unix") {
        complaints.error("guest_os_type", `"guest_os_type" must be "unix", not "${options.guest_os_type}"`);
      }
      if (options.minion_config && (options.remote_state_tree || options.remote_pillar_roots)) {
        complaints.error(
          "minion_config",
          '"remote_state_tree" and "remote_pillar_roots" only apply when "minion_config" is not used',
        );
      }
    },
  },
);

export type SaltMasterlessOptions = OptionsOf<typeof saltMasterlessOptions>;

/** Salt runs on the machine. */
export const saltMasterlessFacts: ProvisionerFacts<SaltMasterlessOptions> = {
  runsOn: "machine",
  needsMachine: true,
  needsUnix: true,
  changesImage: true,
  subject: () => undefined,
};
