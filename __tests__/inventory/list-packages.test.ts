import { describe, expect, test } from "@jest/globals";
import type { Communicator, ExecOptions, ExecResult } from "../../src/core/communicator.js";
import { Cancelled } from "../../src/core/errors.js";
import type { Machine } from "../../src/core/parts.js";
import { listPackages } from "../../src/inventory/listing.js";
import { partContext } from "../support/context.js";
import { recorded } from "./lists.js";

type Exec = (options: ExecOptions) => Promise<ExecResult>;

const refuse = () => Promise.reject(new Error("not asked for"));

/** A machine that runs the list command. */
function machine(exec: Exec, more: Partial<Pick<Communicator, "type">> & { readonly gone?: true } = {}): Machine {
  return {
    communicator: {
      type: more.type ?? "ssh",
      exec: (_command, options = {}) => exec(options),
      uploadFile: refuse,
      uploadFiles: refuse,
      uploadDirectory: refuse,
      downloadFile: refuse,
      downloadDirectory: refuse,
      connection: () => undefined,
      close: async () => undefined,
    },
    reconnect: undefined,
    data: {},
    reachable: () => !more.gone,
  };
}

/** Prints a text, then ends. */
const printing =
  (text: string | Uint8Array, end: ExecResult = { status: "exited", code: 0 }): Exec =>
  async ({ onOutput }) => {
    onOutput?.(Buffer.from(text), "stdout");
    return end;
  };

/** Runs until it is aborted. */
const endless: Exec = ({ signal, onOutput }) =>
  new Promise((_resolve, reject) => {
    const timer = setInterval(() => onOutput?.(new Uint8Array(1024 * 1024), "stdout"), 1);
    signal?.addEventListener("abort", () => {
      clearInterval(timer);
      reject(signal.reason);
    });
  });

const silent: Exec = ({ signal }) =>
  new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));

async function take(given: Machine, context = partContext("/")) {
  const list = await listPackages(given, context);
  const said = context.events.flatMap((event) => (event.type === "message" ? [event.text] : []));
  return { list, said };
}

describe("a machine's packages", () => {
  test("are listed", async () => {
    const { list, said } = await take(machine(printing(recorded("debian-12"))));
    expect([list?.packages.length, said]).toEqual([14, []]);
  });

  test("are not listed without a communicator", async () => {
    expect(await take(machine(printing(""), { type: "none" }))).toEqual({ list: undefined, said: [] });
  });

  test("are not listed after a provisioner shut the machine down, with a message", async () => {
    const { list, said } = await take(machine(printing(recorded("debian-12")), { gone: true }));
    expect(list).toBeUndefined();
    expect(said).toEqual(["Could not list the packages of the image: the connection is closed"]);
  });

  test.each([
    ["fails", printing("", { status: "exited", code: 127 }), "the list command ended with exit code 127"],
    ["is cut off", printing("", { status: "disconnected" }), "the list command ended with disconnected"],
    ["is killed", printing("", { status: "signalled", signal: "KILL" }), "the list command ended with signalled"],
    ["does not start", () => Promise.reject(new Error("no session")), "no session"],
    ["prints no packages", printing("hello"), "the list is incomplete"],
    ["prints too much", endless, "the list is larger than 8 MiB"],
    ["prints bytes that are not text", printing(new Uint8Array([255, 254, 0])), "the list is incomplete"],
  ])("of a machine whose command %s: one message, and the bake continues", async (_what, exec, why) => {
    expect(await take(machine(exec))).toEqual({
      list: undefined,
      said: [`Could not list the packages of the image: ${why}`],
    });
  });

  test("of a machine that does not respond: one message after a minute", async () => {
    const context = partContext("/");
    const waits: number[] = [];
    const clock = {
      now: Date.now,
      sleep: async (ms: number) => void waits.push(ms),
    };
    const hurried = { ...context, surroundings: { ...context.surroundings, clock } };
    await listPackages(machine(silent), hurried);
    expect(waits).toEqual([60_000]);
    expect(context.events).toMatchObject([{ text: expect.stringContaining("no response within 60 seconds") }]);
  });

  test("stop when the bake is cancelled", async () => {
    const controller = new AbortController();
    const context = { ...partContext("/"), signal: controller.signal };
    const taken = listPackages(machine(silent), context);
    controller.abort(new Cancelled());
    await expect(taken).rejects.toBeInstanceOf(Cancelled);
  });
});
