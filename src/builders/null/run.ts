import { BakeError } from "../../core/errors.js";
import type { BuilderContext, RunBuilder } from "../../core/parts.js";
import { connectBySsh, machineWithoutCommunicator } from "../connect.js";
import type { NullBuilderOptions } from "./options.js";

/** Runs the provisioners on an existing machine, or on none (Packer, "Null builder"). Creates and removes nothing. */
export const run: RunBuilder<NullBuilderOptions> = async (options, context) => {
  refuseUnsupported(options, context);
  context.narrator.secret(options.ssh_password ?? "");
  const data = { ID: "Null" };
  const machine =
    options.communicator === "none"
      ? machineWithoutCommunicator(data)
      : await connectBySsh(context, options, {
          address: options.ssh_host ?? "",
          generatedKey: undefined,
          data,
          onAttempt: undefined,
        });
  await context.provision(machine);
  return {
    kind: "none",
    builderId: "fnoeding.null",
    id: undefined,
    text: "Did not export anything. This is the null builder",
  };
};

function refuseUnsupported({ communicator }: NullBuilderOptions, { needsMachine, range }: BuilderContext): void {
  const refuse = (summary: string, hint: string) => new BakeError(summary, { code: "not-supported", hint, range });
  if (communicator === "winrm") {
    throw refuse('"communicator": "winrm" is not supported yet', 'Use OpenSSH and set "communicator" to "ssh".');
  }
  if (communicator === "none" && needsMachine) {
    throw refuse(
      'Provisioners cannot run on a machine with "communicator": "none"',
      'Remove these provisioners, or set "communicator" to "ssh".',
    );
  }
}
