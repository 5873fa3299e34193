import { dockerCommunicator } from "../../communicators/docker/communicator.js";
import type { Machine } from "../../core/parts.js";
import { connectBySsh, machineWithoutCommunicator } from "../connect.js";
import type { DockerBake } from "./bake.js";
import type { BaseImage } from "./base-image.js";
import { type BuildContainer, containerAddress } from "./container.js";

/** A machine whose `build.X` values can be added to: the committed image's id is known only after the provisioners. */
export interface ContainerMachine extends Machine {
  readonly data: { [name: string]: string };
}

/** Connects to the container through the engine or an SSH server in it (`communicator`). Rejects with a `BakeError`. */
export async function connectToContainer(
  bake: DockerBake,
  container: BuildContainer,
  source: BaseImage,
): Promise<ContainerMachine> {
  const machine = await connect(bake, container, {
    ID: container.id,
    ConnType: bake.options.communicator,
    ImageSha256: "ERR_IMAGE_SHA256_NOT_FOUND",
    SourceImageDigest: source.digests[0] ?? "",
    SourceImageSha256: source.id,
  });
  return { ...machine, data: { ...machine.data } };
}

async function connect(bake: DockerBake, container: BuildContainer, data: Machine["data"]): Promise<Machine> {
  const { options, context } = bake;
  if (options.communicator === "none") return machineWithoutCommunicator(data);
  if (options.communicator === "ssh") {
    const address = options.ssh_host || (await containerAddress(bake, container.id));
    return connectBySsh(
      context,
      { ...options, communicator: "ssh" },
      { address, generatedKey: undefined, data, onAttempt: undefined },
    );
  }
  const communicator = dockerCommunicator({
    engine: bake.engine,
    container: container.id,
    execUser: options.exec_user,
    pty: options.pty,
    fixUploadOwner: options.fix_upload_owner,
    clock: context.surroundings.clock,
    debug: context.surroundings.debug,
  });
  return { communicator, reachable: communicator.connected, reconnect: undefined, data };
}
