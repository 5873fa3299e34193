import type { Communicator } from "../core/communicator.js";
import { BakeError } from "../core/errors.js";

/**
 * Returns the communicator of `communicator: none` (Packer §1.6): commands and transfers fail. In Packer, commands succeed without
 * running; here they fail, because the provisioner did nothing.
 */
export function noCommunicator(): Communicator {
  const refuse = async (): Promise<never> => {
    throw new BakeError('Commands and transfers need a communicator, but "communicator" is "none"', {
      code: "communicator-none",
      hint: 'Use only shell-local, breakpoint and sleep with "communicator": "none", or set "communicator" to "ssh".',
    });
  };
  return {
    type: "none",
    exec: refuse,
    uploadFile: refuse,
    uploadFiles: refuse,
    uploadDirectory: refuse,
    downloadFile: refuse,
    downloadDirectory: refuse,
    connection: () => undefined,
    close: async () => undefined,
  };
}

/**
 * Returns the communicator of a build without a machine (Packer's file builder). Commands and uploads succeed and do nothing, so that a
 * template's provisioners need no "except". Downloads fail.
 */
export function idleCommunicator(): Communicator {
  const nothing = async (): Promise<void> => undefined;
  const refuse = async (): Promise<never> => {
    throw new BakeError("The build has no machine to download files from", {
      code: "communicator-idle",
      hint: 'Exclude the provisioner from this build with "only" or "except".',
    });
  };
  return {
    type: "none",
    exec: async () => ({ status: "exited", code: 0 }),
    uploadFile: nothing,
    uploadFiles: nothing,
    uploadDirectory: nothing,
    downloadFile: refuse,
    downloadDirectory: refuse,
    connection: () => undefined,
    close: nothing,
  };
}
