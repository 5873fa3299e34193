import type { Communicator } from "../core/communicator.js";
import { BakeError } from "../core/errors.js";

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
