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

/**
 * The communicator of a build that has no machine at all (Packer's file builder): commands and uploads succeed and do nothing, so
 * that a template's provisioners need not be kept from it; there is nothing to fetch.
 */
export function idleCommunicator(): Communicator {
  const nothing = async (): Promise<void> => undefined;
  const refuse = async (): Promise<never> => {
    throw new BakeError("there is no machine to fetch files from", {
      code: "communicator-idle",
      hint: 'Keep the provisioner from this build with "only" or "except".',
    });
  };
  return {
    type: "none",
    exec: async () => ({ status: "exited", code: 0 }),
    uploadFile: nothing,
    uploadDirectory: nothing,
    downloadFile: refuse,
    downloadDirectory: refuse,
    connection: () => undefined,
    close: nothing,
  };
}
