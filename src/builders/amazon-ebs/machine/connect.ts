import { progressTeller } from "../../../aws/client/wait.js";
import { consoleTail } from "../../../aws/console-output.js";
import type { FoundImage } from "../../../aws/image.js";
import { type FoundInstance, instanceById } from "../../../aws/instance.js";
import { sshCommunicatorOptions } from "../../../communicators/from-options.js";
import { noCommunicator } from "../../../communicators/none.js";
import { openSshCommunicator, type SshCommunicator } from "../../../communicators/ssh.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import type { Machine } from "../../../core/parts.js";
import { formatDuration } from "../../../core/text.js";
import { runStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import type { LaunchKey } from "./key-pair.js";

/** Lines of the console that an error shows. */
const CONSOLE_LINES = 20;

/** Failed attempts are told at most this often, in milliseconds. */
const TELL_EVERY = 10_000;

/** Between two looks for a public address that EC2 has not told yet, in milliseconds. */
const ADDRESS_WAIT = 1000;

/** After so long without a connection it is asked whether the caller's address has changed, again and again, in milliseconds. */
const FOLLOW_EVERY = 20_000;

/** What a connection is made to. */
export interface ConnectTo {
  readonly instance: FoundInstance;
  readonly key: LaunchKey;
  readonly source: FoundImage;
  readonly followCaller: (() => Promise<void>) | undefined;
}

/** Connects by SSH as soon as the machine answers (Packer §4.2); a failure tells the instance's state and its console. */
export async function connect(bake: Bake, to: ConnectTo): Promise<Machine> {
  return runStep(bake.context, "connect", "Connecting by SSH", async () => {
    const { context, options } = bake;
    const { narrator, surroundings, signal } = context;
    const address = addressOf(bake, to.instance);
    narrator.say(`Using SSH communicator to connect: ${options.ssh_host || (await address(signal))}`);
    narrator.say("Waiting for SSH to become available...");
    const pause = options.pause_before_connecting;
    if (pause > 0) narrator.say(`Pausing ${formatDuration(pause)} once it is, before connecting again...`);
    const attempts = attemptWatcher(bake, to);
    const generated = to.key.temporary ? { generatedKey: to.key.temporary.privateKey } : {};
    try {
      const communicator = await openSshCommunicator(
        sshCommunicatorOptions(options, { address, surroundings, signal, onAttempt: attempts.failed, ...generated }),
      );
      context.releases.defer({ name: "SSH connection", run: () => communicator.close() });
      narrator.say("Connected to SSH!");
      return machineOf(bake, to, communicator);
    } catch (error) {
      if (signal.aborted || !(error instanceof BakeError)) throw error;
      throw await withDiagnosis(bake, to.instance.id, error);
    } finally {
      await attempts.settled();
    }
  });
}

/** Tells of failed attempts now and then, and meanwhile follows the caller's address. */
function attemptWatcher(bake: Bake, to: ConnectTo) {
  const { narrator } = bake.context;
  let told = 0;
  let followed = 0;
  let following: Promise<void> = Promise.resolve();
  return {
    failed: (elapsed: number, reason: string) => {
      // The time counts from the beginning of each wait: after a reboot it starts anew.
      if (elapsed < Math.max(told, followed)) {
        told = 0;
        followed = 0;
      }
      if (elapsed - told >= TELL_EVERY) {
        told = elapsed;
        narrator.emit({ type: "progress", what: "SSH to answer", elapsed, text: reason });
      }
      if (!to.followCaller || elapsed - followed < FOLLOW_EVERY) return;
      followed = elapsed;
      following = to.followCaller().catch((error: unknown) => {
        narrator.message(`The address of this machine could not be checked again: ${messageOf(error)}`);
      });
    },
    settled: () => following,
  };
}

function machineOf(bake: Bake, { instance, key, source }: ConnectTo, communicator: SshCommunicator): Machine {
  const { options } = bake;
  const details = communicator.connection();
  return {
    communicator,
    reachable: () => communicator.connected(),
    reconnect: (signal) => communicator.reconnect(signal),
    data: {
      ID: instance.id,
      Host: details?.host ?? "",
      Port: String(options.ssh_port),
      User: options.ssh_username ?? "",
      Password: options.ssh_password ?? "",
      ConnType: "ssh",
      SSHPublicKey: key.temporary?.publicKey ?? "",
      SSHPrivateKey: details?.privateKey ?? "",
      SSHPrivateKeyFile: options.ssh_private_key_file ?? "",
      SSHAgentAuth: String(options.ssh_agent_auth),
      ...sourceData(bake, source),
    },
  };
}

/** The machine of `communicator: none`: only provisioners that need none can run. */
export function unconnected(bake: Bake, instance: FoundInstance, source: FoundImage): Machine {
  return {
    communicator: noCommunicator(),
    reachable: () => false,
    data: { ID: instance.id, ConnType: "none", ...sourceData(bake, source) },
  };
}

/** `build.X` values about the source image. */
function sourceData(bake: Bake, source: FoundImage): Readonly<Record<string, string>> {
  return {
    BuildRegion: bake.session.region,
    SourceAMI: source.id,
    SourceAMIName: source.name,
    SourceAMICreationDate: source.createdAt,
    SourceAMIOwner: source.owner,
    SourceAMIOwnerName: source.ownerAlias,
  };
}

/**
 * The address to connect to (Packer §3.1.3): the one that `ssh_interface` names, else the public address and, where
 * EC2 tells none, the private one. Asked anew for each attempt while it is not known.
 */
function addressOf(bake: Bake, launched: FoundInstance): (signal: AbortSignal) => Promise<string> {
  let known = chosenAddress(bake, launched, false);
  const { clock } = bake.session;
  return async (signal) => {
    const started = clock.now();
    const tell = progressTeller(bake.context.narrator, "the instance's address");
    for (let look = 0; known === undefined; look++) {
      const instance = await instanceById({ ...inRegion(bake), signal }, launched.id);
      if (instance) known = chosenAddress(bake, instance, look >= 2);
      if (known === undefined && look >= 30) throw noAddress(bake, launched);
      if (known !== undefined) break;
      tell(clock.now() - started);
      await clock.sleep(ADDRESS_WAIT, signal);
    }
    return known;
  };
}

/** `settled`: EC2 has been asked often enough to believe that there is no public address. */
function chosenAddress(bake: Bake, instance: FoundInstance, settled: boolean): string | undefined {
  const wanted = bake.options.ssh_private_ip ? "private_ip" : bake.options.ssh_interface;
  switch (wanted) {
    case "public_ip":
      return instance.publicIp;
    case "private_ip":
      return instance.privateIp;
    case "public_dns":
      return instance.publicDns;
    case "private_dns":
      return instance.privateDns;
    case "ipv6":
      return instance.ipv6;
    default:
      return instance.publicIp ?? (settled ? instance.privateIp : undefined);
  }
}

function noAddress(bake: Bake, instance: FoundInstance): BakeError {
  const wanted = bake.options.ssh_interface ?? "public_ip";
  const range = bake.context.place("ssh_interface");
  return new BakeError(`the instance ${instance.id} has no address of the kind ${wanted}`, {
    code: "no-address",
    resource: instance.id,
    hint:
      wanted === "ipv6"
        ? "Choose a subnet that gives IPv6 addresses to its instances, or another ssh_interface."
        : "Set associate_public_ip_address, choose a subnet that gives public addresses, or set ssh_interface: private_ip on a runner inside the VPC.",
    range,
  });
}

/** The error with what helps to find out: what EC2 says of the instance, and the end of its console. */
async function withDiagnosis(bake: Bake, id: string, error: BakeError): Promise<BakeError> {
  const scope = inRegion(bake);
  const [instance, tail] = await Promise.all([
    instanceById(scope, id).catch(() => undefined),
    consoleTail(scope, id, CONSOLE_LINES),
  ]);
  if (tail.length > 0) {
    bake.context.narrator.message(`Console output of ${id}, its last lines:`);
    for (const text of tail) bake.context.narrator.emit({ type: "output", stream: "stderr", text });
  }
  const state = instance ? ` The instance is ${instance.state}${instance.reason ? ` (${instance.reason})` : ""}.` : "";
  return new BakeError(`${messageOf(error)}.${state}`, {
    code: error.code,
    cause: error,
    resource: id,
    region: bake.session.region,
    hint: error.hint,
    range: bake.context.range,
  });
}
