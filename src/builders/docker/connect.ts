import { type DockerCommunicator, dockerCommunicator } from "../../communicators/docker/communicator.js";
import { sshCommunicatorOptions } from "../../communicators/from-options.js";
import { noCommunicator } from "../../communicators/none.js";
import { openSshCommunicator } from "../../communicators/ssh.js";
import type { Machine } from "../../core/parts.js";
import type { DockerBake } from "./bake.js";
import type { SourceImage } from "./base-image.js";
import { type Container, containerAddress } from "./container.js";

/** Milliseconds between two lines about an SSH server that does not answer. */
const TELL_EVERY = 10_000;

/** A machine whose `build.X` values grow: the committed image's id is known only after its provisioners. */
export interface ContainerMachine extends Machine {
  readonly data: { [name: string]: string };
}

/** The way to the container: by the engine, or by an SSH server in it (`communicator`). */
export async function connectToContainer(
  bake: DockerBake,
  container: Container,
  source: SourceImage,
): Promise<ContainerMachine> {
  const { options, context } = bake;
  const data = {
    ID: container.id,
    ConnType: options.communicator,
    ImageSha256: "ERR_IMAGE_SHA256_NOT_FOUND",
    SourceImageDigest: source.digests[0] ?? "",
    SourceImageSha256: source.id,
  };
  if (options.communicator === "none") return { communicator: noCommunicator(), reachable: () => false, data };
  if (options.communicator === "ssh") return sshMachine(bake, container, data);
  const communicator: DockerCommunicator = dockerCommunicator({
    engine: bake.engine,
    container: container.id,
    execUser: options.exec_user,
    pty: options.pty,
    fixUploadOwner: options.fix_upload_owner,
    clock: context.surroundings.clock,
  });
  return { communicator, reachable: communicator.connected, data };
}

async function sshMachine(
  bake: DockerBake,
  container: Container,
  data: { readonly [name: string]: string },
): Promise<ContainerMachine> {
  const { options, context } = bake;
  const { narrator, surroundings, signal } = context;
  const address = options.ssh_host || (await containerAddress(bake, container.id));
  narrator.say(`Using SSH communicator to connect: ${address}`);
  narrator.say("Waiting for SSH to become available...");
  let told = 0;
  const onAttempt = (elapsed: number, text: string) => {
    if (elapsed - told < TELL_EVERY) return;
    told = elapsed;
    narrator.emit({ type: "progress", what: "SSH to answer", elapsed, text });
  };
  const communicator = await openSshCommunicator(
    sshCommunicatorOptions(
      { ...options, communicator: "ssh" },
      { address: async () => address, surroundings, signal, onAttempt },
    ),
  );
  context.releases.defer({ name: "SSH connection", run: () => communicator.close() });
  narrator.say("Connected to SSH!");
  return {
    communicator,
    reachable: communicator.connected,
    reconnect: communicator.reconnect,
    data: {
      ...data,
      Host: address,
      Port: String(options.ssh_port),
      User: options.ssh_username ?? "",
      Password: options.ssh_password ?? "",
      SSHPrivateKey: communicator.connection()?.privateKey ?? "",
      SSHPrivateKeyFile: options.ssh_private_key_file ?? "",
      SSHAgentAuth: String(options.ssh_agent_auth),
    },
  };
}
