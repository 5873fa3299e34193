import { describe, expect, test } from "@jest/globals";
import { nullBuilderOptions } from "../../../src/builders/null/options.js";
import { run } from "../../../src/builders/null/run.js";
import type { Machine } from "../../../src/core/parts.js";
import { PASSWORD, startStandIn } from "../../local/windows/stand-in.js";
import { decode, messagesIn, optionsFor } from "../../provisioners/provision.js";
import { temporaryFolder } from "../../support/folder.js";
import { builderContext } from "../context.js";

const folder = temporaryFolder("null-winrm");
const LOGIN = {
  communicator: "winrm",
  winrm_username: "Administrator",
  winrm_password: PASSWORD,
  winrm_timeout: "20s",
};

describe("the null builder", () => {
  test("provisions an existing Windows machine by WinRM, and registers the password before it prints anything", async () => {
    const machine = await startStandIn(folder());
    const seen: unknown[] = [];
    const provision = async ({ communicator, data, reachable }: Machine) => {
      seen.push(communicator.type, await communicator.exec("dir"), reachable(), data);
    };
    const { context, events, end } = builderContext(folder(), provision);
    const options = { ...LOGIN, winrm_host: machine.sandbox.address };
    try {
      await run(optionsFor(nullBuilderOptions, options, folder()), context);
    } finally {
      await end();
      await machine.close();
    }
    expect(seen.slice(0, 3)).toEqual(["winrm", { status: "exited", code: 0 }, true]);
    expect(seen[3]).toMatchObject({
      ID: "Null",
      ConnType: "winrm",
      Host: machine.sandbox.address,
      Port: "5985",
      User: "Administrator",
      Password: PASSWORD,
      WinRMPassword: PASSWORD,
    });
    expect(events[0]).toMatchObject({ type: "secret", value: PASSWORD });
    expect(messagesIn(events)).toContain("Connected to WinRM!");
  });

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ["a host", { winrm_host: "" }, '"winrm_host" must be specified with "communicator": "winrm"'],
    ["a password", { winrm_password: "" }, 'A "winrm_password" must be specified'],
    ["a user", { winrm_username: "" }, 'A "winrm_username" must be specified'],
  ])("needs %s to connect by WinRM", (_what, missing, summary) => {
    const { diagnostics } = decode(nullBuilderOptions, { ...LOGIN, winrm_host: "192.0.2.1", ...missing }, folder());
    expect(diagnostics.map((each) => each.summary)).toEqual([summary]);
  });
});
