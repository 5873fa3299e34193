import { checkCommunication } from "../../communicators/check.js";
import { communicationFields, renamedSshOptions } from "../../communicators/options.js";
import type { DeriveFacts } from "../../core/facts.js";
import { type OptionsOf, schema } from "../../options/schema.js";

/** Options of the null builder: those of its communicator (Packer, "Null builder"). */
export const nullBuilderOptions = schema(communicationFields, {
  renamed: { ...renamedSshOptions, host: "ssh_host", port: "ssh_port" },
  check: (options, complaints, context) => {
    checkCommunication(options, complaints, context);
    if (options.communicator !== "ssh") return;
    if (!options.ssh_host) {
      complaints.error(
        "ssh_host",
        "ssh_host must be specified if communicator is ssh",
        "The null builder makes no machine: name one that runs already, or set communicator to none.",
      );
    }
    const login = [options.ssh_password, options.ssh_private_key_file, options.ssh_agent_auth];
    if (!login.some(Boolean)) {
      complaints.error("", "one of ssh_agent_auth, ssh_password, and ssh_private_key_file must be specified");
    }
  },
});

export type NullBuilderOptions = OptionsOf<typeof nullBuilderOptions>;

/** The null builder makes nothing. */
export const nullBuilderFacts: DeriveFacts<NullBuilderOptions> = (options) => ({
  communicator: options.communicator,
  images: undefined,
});
