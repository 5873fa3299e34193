import { BakeError } from "../../core/errors.js";
import type { BuilderContext, Machine, RunBuilder } from "../../core/parts.js";
import { connectBySsh, machineWithoutCommunicator } from "../connect.js";
import { connectByWinrm } from "../connect-winrm.js";
import type { NullBuilderOptions } from "./options.js";

/** Runs the provisioners on an existing machine, or on none (Packer, "Null builder"). Creates and removes nothing. */
export const run: RunBuilder<NullBuilderOptions> = async (options, context) => {
  refuseUnsupported(options, context);
  for (const secret of [options.ssh_password, options.winrm_password]) context.narrator.secret(secret ?? "");
  await context.provision(await connect(options, context));
  return {
    kind: "none",
    builderId: "fnoeding.null",
    id: undefined,
    text: "Did not export anything. This is the null builder",
  };
};

async function connect(options: NullBuilderOptions, context: BuilderContext): Promise<Machine> {
  const data = { ID: "Null" };
  if (options.communicator === "none") return machineWithoutCommunicator(data);
  if (options.communicator === "winrm") {
    return connectByWinrm(context, options, {
      address: options.winrm_host ?? "",
      way: undefined,
      password: options.winrm_password ?? "",
      waitForBasic: 0,
      data,
      onAttempt: undefined,
    });
  }
  return connectBySsh(context, options, {
    address: options.ssh_host ?? "",
    generatedKey: undefined,
    data,
    onAttempt: undefined,
  });
}

function refuseUnsupported({ communicator }: NullBuilderOptions, { needsMachine, range }: BuilderContext): void {
  if (communicator !== "none" || !needsMachine) return;
  throw new BakeError('Provisioners cannot run on a machine with "communicator": "none"', {
    code: "not-supported",
    hint: 'Remove these provisioners, or set "communicator" to "ssh" or "winrm".',
    range,
  });
}
