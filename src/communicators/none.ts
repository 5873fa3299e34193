import type { Communicator } from "../core/communicator.js";
import { BakeError } from "../core/errors.js";

/**
 * The communicator of `communicator: none` (Packer §1.6): nothing can be run on the machine or moved. Packer lets commands
 * succeed without running them; here they fail, since a provisioner that did nothing is no success.
 */
export function noCommunicator(): Communicator {
  const refuse = async (): Promise<never> => {
    throw new BakeError("there is no way to the machine: its communicator is none", {
      code: "communicator-none",
      hint: 'With "communicator": "none" only shell-local, breakpoint and sleep can be used; remove the other provisioners or choose "ssh".',
    });
  };
  return {
    type: "none",
    exec: refuse,
    uploadFile: refuse,
    uploadDirectory: refuse,
    downloadFile: refuse,
    downloadDirectory: refuse,
    connection: () => undefined,
    close: async () => undefined,
  };
}
