import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { annotator } from "../../src/action/annotations.js";
import { actionLog } from "../../src/action/log.js";
import { openSshCommunicator, type SshCommunicator } from "../../src/communicators/ssh.js";
import { type BakeEvent, narrator } from "../../src/core/events.js";
import { redactor } from "../../src/core/secrets/redactor.js";
import { outputLines } from "../../src/provisioners/command-run.js";
import { consoleStory } from "../../src/report/console/story.js";
import { redacting } from "../../src/report/redact.js";
import { commandsIn } from "../action/runner.js";
import { communicatorOptions } from "../communicators/connect.js";
import { describe, test } from "../ssh/openssh.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { fc } from "../support/properties.js";

let sshd: Sshd;
let communicator: SshCommunicator;

beforeAll(async () => {
  sshd = await startSshd();
  communicator = await openSshCommunicator(communicatorOptions(sshd));
});
afterAll(async () => {
  await communicator.close();
  await sshd.stop();
});

/** Returns the action's log of an instance's output, without colors; `write` receives each line. */
function loggedTo(write: (line: string) => void) {
  const secrets = redactor();
  const story = consoleStory({
    colour: false,
    introduce: false,
    timestamps: false,
    progressInterval: 15_000,
    sources: undefined,
  });
  const annotate = annotator({ workspace: "/w", workingDirectory: () => "/w", sources: () => [], secrets });
  const log = actionLog({ write, story, annotate, token: randomUUID });
  const listener = redacting((event: BakeEvent) => log.listener(event), secrets);
  const narrate = narrator([listener], () => 0, "web");
  return { narrate, output: outputLines(narrate), end: log.end };
}

/** Prints these bytes on the instance; returns the log. */
async function logOf(bytes: Uint8Array): Promise<string> {
  const lines: string[] = [];
  const log = loggedTo((line) => lines.push(line));
  const result = await communicator.exec("cat", { stdin: bytes, onOutput: log.output.push });
  log.output.end();
  log.end();
  expect(result).toEqual({ status: "exited", code: 0 });
  return lines.join("\n");
}

/** Bytes that a terminal, the runner or a decoder interprets. */
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

const pieces = fc.constantFrom<Uint8Array>(
  ...[
    "::error::x",
    "::add-mask::e",
    "::set-output name=ami-id::ami-evil",
    "::stop-commands::t",
    "::save-state name=a::b",
    "##[error]x",
    "##[add-mask]e",
    "##[group]",
    "::",
    "#",
    "##",
    "[",
    "]",
    ":",
    " ",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "\u2028",
    "\u202e",
    "\u009b31m",
    "\u001b]0;title\u0007",
    "\u001b]8;;https://evil.example\u001b\\",
    "\u001b[2J",
    "\u001bP",
    "\u0000",
    "\u0007",
    "text",
    "é🎉",
  ].map((text) => new TextEncoder().encode(text)),
  Uint8Array.of(0xff, 0xfe),
  Uint8Array.of(0xc3),
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0xf0, 0x9f, 0x98),
  Uint8Array.of(0xc0, 0xba, 0xc0, 0xba),
);

describe("output of an instance", () => {
  test("is never a workflow command and never moves the cursor, whatever the bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 30 }), async (bytes) => {
        const log = await logOf(Buffer.concat(bytes));
        expect(commandsIn(log)).toEqual([]);
        expect(log).not.toMatch(CONTROLS);
      }),
      { numRuns: 60 },
    );
  });

  test("has no secret or half of one, wherever lines are divided", async () => {
    const secret = "S3CRET-VALUE-0123456789";
    const colored = "S3CRET-\u001b[1mVALUE-\u001b[0m0123456789";
    for (const before of [16_370, 16_383, 32_760]) {
      const lines: string[] = [];
      const log = loggedTo((line) => lines.push(line));
      log.narrate.secret(secret);
      const stdin = Buffer.from(`${"x".repeat(before)}${secret}${colored}${"y".repeat(40_000)}${secret}\n`);
      await communicator.exec("cat", { stdin, onOutput: log.output.push });
      log.output.end();
      log.end();
      const [mask, ...others] = lines;
      expect(mask).toBe(`::add-mask::${secret}`);
      expect(others.join("\n")).not.toMatch(/S3CRET|VALUE|012345/);
    }
  });

  test("is the same wherever it is split", async () => {
    const text = new TextEncoder().encode("é🎉 ::error::a\r##[error]b\n\u001b[31mred\u001b[0m ☃\n");
    const whole = await logOf(text);
    await fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length })), (cuts) => {
        const lines: string[] = [];
        const log = loggedTo((line) => lines.push(line));
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        places.forEach((place, index) => {
          log.output.push(text.subarray(place, places[index + 1] ?? text.length), "stdout");
        });
        log.output.end();
        log.end();
        const unshielded = (log: string) => log.split("\n").filter((line) => !/^::/.test(line));
        expect(unshielded(lines.join("\n"))).toEqual(unshielded(whole));
      }),
    );
  });

  test("100 MB on one line are logged in lines that a browser can show", async () => {
    let longest = 0;
    let total = 0;
    const log = loggedTo((line) => {
      longest = Math.max(longest, line.length);
      total += line.match(/x/g)?.length ?? 0;
    });
    const before = process.memoryUsage().heapUsed;
    let peak = 0;
    const result = await communicator.exec("head -c 104857600 /dev/zero | tr '\\0' x", {
      onOutput(chunk, stream) {
        log.output.push(chunk, stream);
        peak = Math.max(peak, process.memoryUsage().heapUsed - before);
      },
    });
    log.output.end();
    log.end();
    expect(result).toEqual({ status: "exited", code: 0 });
    expect(total).toBe(104_857_600);
    expect(longest).toBeLessThan(20_000);
    expect(peak).toBeLessThan(400 * 1024 * 1024);
  });
});
