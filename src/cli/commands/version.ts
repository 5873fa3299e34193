import { VERSION } from "../../core/version.js";
import { machineRecord } from "../../report/machine-readable.js";
import type { Command } from "../command.js";

/** `bake-ami version`. */
export const version: Command = {
  name: "version",
  synopsis: "print the version",
  usage: "bake-ami version",
  help: "Prints the version of bake-ami.",
  flags: [],
  arguments: { least: 0, most: 0 },
  async run(_flags, context) {
    if (context.machineReadable) context.terminal.write(machineRecord(Date.now(), "", "version", VERSION));
    else context.terminal.write(`bake-ami v${VERSION}`);
    return 0;
  },
};
