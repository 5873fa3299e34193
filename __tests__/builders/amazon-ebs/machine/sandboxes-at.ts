import type { Sandboxes } from "../../../../src/local/sandboxes.js";

const nothing = async () => undefined;

/** Instances that are all at one address of this host: a test's own SSH server is behind them. */
export function sandboxesAt(address: string): Sandboxes {
  return {
    kind: "namespace",
    launch: async () => ({ address }),
    stop: nothing,
    start: async () => ({ address }),
    reboot: nothing,
    terminate: nothing,
    console: async () => "booted",
    capture: async () => "0123456789ab",
    discard: nothing,
    close: nothing,
  };
}
