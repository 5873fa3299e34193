import { sshCommunicatorOptions } from "../../communicators/from-options.js";
import { noCommunicator } from "../../communicators/none.js";
import { openSshCommunicator } from "../../communicators/ssh.js";
import { BakeError } from "../../core/errors.js";
import type { BuilderContext, Machine, RunBuilder } from "../../core/parts.js";
import type { NullBuilderOptions } from "./options.js";

/** Failed attempts are told at most this often, in milliseconds. */
const TELL_EVERY = 10_000;

/** Runs the provisioners on a machine that is there already, or on none (Packer, "Null builder"): nothing is made, nothing removed. */
export const run: RunBuilder<NullBuilderOptions> = async (options, context) => {
  if (options.communicator === "winrm") {
    throw refused(context, "the communicator winrm is not supported yet", "Use OpenSSH and communicator ssh.");
  }
  if (options.communicator === "none" && context.needsMachine) {
    throw refused(
      context,
      "the communicator is none, but there are provisioners that work on the machine",
      "Remove them, or set communicator: ssh.",
    );
  }
  await context.provision(
    options.communicator === "none" ? unconnected() : await connect(options, options.ssh_host ?? "", context),
  );
  return { kind: "none", builderId: "fnoeding.null", text: "Did not export anything. This is the null builder" };
};

async function connect(options: NullBuilderOptions, host: string, context: BuilderContext): Promise<Machine> {
  const { narrator, surroundings, signal } = context;
  narrator.secret(options.ssh_password ?? "");
  narrator.say(`Using SSH communicator to connect: ${host}`);
  narrator.say("Waiting for SSH to become available...");
  let told = 0;
  const communicator = await openSshCommunicator(
    sshCommunicatorOptions(options, {
      address: async () => host,
      surroundings,
      signal,
      onAttempt: (elapsed, text) => {
        if (elapsed - told < TELL_EVERY) return;
        told = elapsed;
        narrator.emit({ type: "progress", what: "SSH to answer", elapsed, text });
      },
    }),
  );
  context.releases.defer({ name: "SSH connection", run: () => communicator.close() });
  narrator.say("Connected to SSH!");
  return {
    communicator,
    reachable: () => communicator.connected(),
    reconnect: (again) => communicator.reconnect(again),
    data: {
      ID: "Null",
      Host: host,
      Port: String(options.ssh_port),
      User: options.ssh_username ?? "",
      Password: options.ssh_password ?? "",
      ConnType: "ssh",
      SSHPrivateKey: communicator.connection()?.privateKey ?? "",
      SSHPrivateKeyFile: options.ssh_private_key_file ?? "",
      SSHAgentAuth: String(options.ssh_agent_auth),
    },
  };
}

function unconnected(): Machine {
  return { communicator: noCommunicator(), reachable: () => false, data: { ID: "Null", ConnType: "none" } };
}

function refused(context: BuilderContext, what: string, hint: string): BakeError {
  return new BakeError(what, {
    code: "not-supported",
    hint,
    range: context.range,
  });
}
