import type { Sandboxes } from "../../../../src/local/sandboxes.js";

const nothing = async () => undefined;

/** Instances that are all at one address of this host: a test's own SSH server is behind them. */
export function sandboxesAt(address: string, more: Partial<Sandboxes> = {}): Sandboxes {
  return {
    kind: "namespace",
    launch: async () => ({ address }),
    stop: nothing,
    start: async () => ({ address }),
    reboot: nothing,
    terminate: nothing,
    sendKey: nothing,
    console: async () => "booted",
    capture: async () => "0123456789ab",
    discard: nothing,
    close: nothing,
    ...more,
  };
}
