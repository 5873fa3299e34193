import { resolve } from "node:path";
import { command } from "../command.js";

/** `bake-ami shell`. */
export const shell = command({
  name: "shell",
  synopsis: "open a shell in a running instance, for example one that a failed bake kept",
  usage: "bake-ami shell [options] INSTANCE [-- COMMAND...]",
  help: "Opens a login shell in a running EC2 instance, for example one that a bake with -on-error=abort kept, or runs a command in it. Connects as the bake did: to the address, through an EC2 Instance Connect Endpoint, or through Session Manager. A shell has the size and the keys of the terminal; type ~. at the beginning of a line to end one that does not respond. The exit code is that of the shell or the command.",
  arguments: {
    least: 1,
    most: Number.POSITIVE_INFINITY,
    missing: "The ID of an instance is required: i-...",
  },
  request: ({ values }, [instanceId = "", ...words], { cwd }) => ({
    instanceId,
    command: words,
    region: values.shellRegion,
    access: values.shellAccess,
    user: values.shellUser || undefined,
    keyFile: values.shellKey ? resolve(cwd, values.shellKey) : undefined,
    port: values.shellPort,
  }),
  async run(request, { engine, terminal, signal }) {
    const { streams } = terminal;
    try {
      return await terminal.whileOthersPrint(() =>
        engine.shell({ ...request, streams, report: (line) => terminal.error(line) }),
      );
    } catch (error) {
      if (signal.aborted) return INTERRUPTED;
      throw error;
    }
  },
});

/** The exit code after a signal: nothing is wrong with the shell. */
const INTERRUPTED = 130;
