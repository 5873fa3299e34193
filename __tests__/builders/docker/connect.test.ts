import { afterAll, beforeAll, expect } from "@jest/globals";
import { connectToContainer } from "../../../src/builders/docker/connect.js";
import { dockerBuilderOptions } from "../../../src/builders/docker/options.js";
import { outputOf } from "../../communicators/connect.js";
import { optionsFor } from "../../provisioners/provision.js";
import { describe, test } from "../../ssh/openssh.js";
import { type Sshd, startSshd } from "../../ssh/sshd.js";
import { temporaryFolder } from "../../support/folder.js";
import { builderContext } from "../context.js";

const folder = temporaryFolder("docker-connect");

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());

/** Connects with these options. The engine is not called, because `ssh_host` is the address. */
async function connected(communicator: string) {
  const given = {
    image: "debian:12",
    discard: true,
    communicator,
    ssh_host: "127.0.0.1",
    ssh_port: sshd.port,
    ssh_username: sshd.user,
    ssh_private_key_file: sshd.keyFile,
  };
  const { context, end } = builderContext(folder());
  const options = optionsFor(dockerBuilderOptions, given, folder());
  const machine = await connectToContainer(
    { options, context, engine: { program: "/nowhere/docker", env: {} } },
    { key: "k", id: "c0ffee" },
    { name: "debian:12", id: "sha256:1", digests: ["debian@sha256:2"], command: [], entrypoint: [] },
  );
  return { machine, end };
}

const VALUES = {
  ID: "c0ffee",
  ImageSha256: "ERR_IMAGE_SHA256_NOT_FOUND",
  SourceImageDigest: "debian@sha256:2",
  SourceImageSha256: "sha256:1",
};

describe("the machine of a docker build", () => {
  test("has the values of the connection and the container with SSH", async () => {
    const { machine, end } = await connected("ssh");
    expect(machine.data).toMatchObject({ ...VALUES, ConnType: "ssh", Host: "127.0.0.1", Port: String(sshd.port) });
    expect((await outputOf(machine.communicator, "echo here")).stdout).toBe("here\n");
    await end();
  });

  test.each(["docker", "none"])("has the values of the container with %s", async (communicator) => {
    const { machine, end } = await connected(communicator);
    expect(machine.data).toEqual({ ...VALUES, ConnType: communicator });
    expect(machine.reachable()).toBe(communicator === "docker");
    await end();
  });

  test("accepts the id of the committed image later", async () => {
    const { machine, end } = await connected("docker");
    machine.data.ImageSha256 = "sha256:3";
    expect(machine.data.ImageSha256).toBe("sha256:3");
    await end();
  });
});
