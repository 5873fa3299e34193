import { afterAll, beforeAll, expect } from "@jest/globals";
import { nullBuilderOptions } from "../../../src/builders/null/options.js";
import { run } from "../../../src/builders/null/run.js";
import { BakeError } from "../../../src/core/errors.js";
import type { Machine } from "../../../src/core/parts.js";
import { outputOf } from "../../communicators/connect.js";
import { decode, messagesIn, optionsFor } from "../../provisioners/provision.js";
import { describe, test } from "../../ssh/openssh.js";
import { type Sshd, startSshd } from "../../ssh/sshd.js";
import { temporaryFolder } from "../../support/folder.js";
import { builderContext } from "../context.js";

const folder = temporaryFolder("null-builder");

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());

const context = (provision: (machine: Machine) => Promise<void>, needsMachine = true) =>
  builderContext(folder(), provision, { needsMachine });

const login = () => ({
  ssh_host: "127.0.0.1",
  ssh_port: sshd.port,
  ssh_username: sshd.user,
  ssh_private_key_file: sshd.keyFile,
});

describe("null builder", () => {
  test("provisions an existing machine, and creates nothing", async () => {
    const seen: unknown[] = [];
    const {
      context: given,
      events,
      end,
    } = context(async ({ communicator, data, reachable }) => {
      const { result, stdout } = await outputOf(communicator, "echo $SSH_CONNECTION");
      seen.push(result, stdout.split(" ").at(-1)?.trim(), data.Host, data.ConnType, reachable());
    });
    const artifact = await run(optionsFor(nullBuilderOptions, login(), folder()), given);
    await end();
    expect(seen).toEqual([{ status: "exited", code: 0 }, String(sshd.port), "127.0.0.1", "ssh", true]);
    expect(artifact).toEqual({
      kind: "none",
      builderId: "fnoeding.null",
      text: "Did not export anything. This is the null builder",
    });
    expect(messagesIn(events)).toContain("Connected to SSH!");
  });

  test("registers the password as a secret before it prints anything", async () => {
    const { context: given, events, end } = context(async () => undefined);
    const options = optionsFor(nullBuilderOptions, { ...login(), ssh_password: "correct horse" }, folder());
    await run(options, given);
    await end();
    expect(events[0]).toMatchObject({ type: "secret", value: "correct horse" });
  });

  test("registers the private key of a file as a secret", async () => {
    const { context: given, events, end } = context(async () => undefined);
    await run(optionsFor(nullBuilderOptions, login(), folder()), given);
    await end();
    const secrets = events.flatMap((event) => (event.type === "secret" ? [event.value] : []));
    expect(secrets).toEqual([expect.stringContaining("OPENSSH PRIVATE KEY")]);
  });

  test.each([
    [true, "accepts and reports a new host key of a step", { ended: "exited", warnings: ["ssh-host-key-new"] }],
    [false, "refuses a new host key of a step", { ended: "ssh-host-key-changed", warnings: [] }],
  ])("with ssh-accept-new-host-keys %s, %s", async (sshAcceptNewHostKeys, _name, expected) => {
    let ended: unknown;
    const {
      context: given,
      events,
      end,
    } = context(async ({ communicator }) => {
      await sshd.restart({ newHostKey: true });
      ended = await communicator.exec("true").then(
        ({ status }) => status,
        (error: unknown) => (error instanceof BakeError ? error.code : error),
      );
    });
    const settings = { ...given.settings, sshAcceptNewHostKeys };
    await run(optionsFor(nullBuilderOptions, login(), folder()), { ...given, settings });
    await end();
    const warnings = events.flatMap((event) => (event.type === "diagnostic" ? [event.diagnostic.code] : []));
    expect({ ended, warnings }).toEqual(expected);
  });

  test("runs local provisioners without a communicator", async () => {
    const types: string[] = [];
    const { context: given } = context(async ({ communicator }) => void types.push(communicator.type), false);
    await run(optionsFor(nullBuilderOptions, { communicator: "none" }, folder()), given);
    expect(types).toEqual(["none"]);
  });

  test("rejects remote provisioners without a communicator before anything runs", async () => {
    const { context: given, events } = context(async () => undefined);
    const options = optionsFor(nullBuilderOptions, { communicator: "none" }, folder());
    await expect(run(options, given)).rejects.toThrow(
      'Provisioners cannot run on a machine with "communicator": "none"',
    );
    expect(events).toEqual([]);
  });

  test.each([
    [{ ssh_username: "root", ssh_password: "x" }, /"ssh_host" must be specified/],
    [{ ssh_host: "h", ssh_password: "x" }, /"ssh_username" must be specified/],
    [{ ssh_host: "h", ssh_username: "root" }, /One of "ssh_agent_auth", "ssh_password" and "ssh_private_key_file"/],
  ])("%j is refused", (options, complaint) => {
    const { value, diagnostics } = decode(nullBuilderOptions, options, folder());
    expect(value).toBeUndefined();
    expect(diagnostics.map((each) => each.summary).join("\n")).toMatch(complaint);
  });
});
