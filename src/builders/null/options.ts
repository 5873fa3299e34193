import { checkCommunication } from "../../communicators/check.js";
import { type CommunicationOptions, communicationFields, renamedSshOptions } from "../../communicators/options.js";
import type { DeriveFacts } from "../../core/facts.js";
import { type Complaints, type OptionsOf, schema } from "../../options/schema.js";

/** Options of the null builder: those of its communicator (Packer, "Null builder"). */
export const nullBuilderOptions = schema(communicationFields, {
  renamed: { ...renamedSshOptions, host: "ssh_host", port: "ssh_port" },
  check: (options, complaints, context) => {
    checkCommunication(options, complaints, context);
    if (options.communicator === "winrm") checkWinrm(options, complaints);
    if (options.communicator !== "ssh") return;
    if (!options.ssh_host) {
      complaints.error(
        "ssh_host",
        '"ssh_host" must be specified with "communicator": "ssh"',
        'Set "ssh_host" to a machine that is running, or set "communicator" to "none". The null builder creates no machine.',
      );
    }
    const login = [options.ssh_password, options.ssh_private_key_file, options.ssh_agent_auth];
    if (!login.some(Boolean)) {
      complaints.error("", 'One of "ssh_agent_auth", "ssh_password" and "ssh_private_key_file" must be specified');
    }
  },
});

/** Nobody generates a password for an existing machine. */
function checkWinrm(options: CommunicationOptions, complaints: Complaints): void {
  if (!options.winrm_host) {
    complaints.error(
      "winrm_host",
      '"winrm_host" must be specified with "communicator": "winrm"',
      'Set "winrm_host" to a machine that is running. The null builder creates no machine.',
    );
  }
  if (!options.winrm_password) complaints.error("winrm_password", 'A "winrm_password" must be specified');
}

export type NullBuilderOptions = OptionsOf<typeof nullBuilderOptions>;

/** The null builder creates nothing. */
export const nullBuilderFacts: DeriveFacts<NullBuilderOptions> = (options) => ({
  communicator: options.communicator,
  images: undefined,
});
