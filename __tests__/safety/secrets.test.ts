import { randomUUID } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { annotator } from "../../src/action/annotations.js";
import { actionLog } from "../../src/action/log.js";
import { COMMAND_WORDS } from "../../src/cli/words.js";
import type { BakeEvent, EventData } from "../../src/core/events.js";
import { redactor } from "../../src/core/secrets/redactor.js";
import { consoleStory } from "../../src/report/console/story.js";
import { machineReadable } from "../../src/report/machine-readable.js";
import { commentMarkdown, summaryMarkdown } from "../../src/report/markdown/documents.js";
import { redacting } from "../../src/report/redact.js";
import { reportCollector } from "../../src/report/report.js";
import { commandsIn } from "../action/runner.js";
import { ami, at, BEGIN } from "../report/events.js";
import { fc } from "../support/properties.js";

/** Cases of each property; `BAKE_AMI_CASES=10000` tries more. */
const RUNS = Number(process.env.BAKE_AMI_CASES ?? 300);

/** Realistic secrets: letters and symbols, several lines, characters that HTML, JSON, URLs and regular expressions escape. */
const secret = fc
  .stringMatching(/^[A-Za-z0-9+/=&<>"'\\$^*.|(){}[\]%@! -]{9,40}$/)
  .filter((text) => text.trim().length >= 9 && new Set(text).size > 4)
  .chain((line) =>
    fc.constantFrom(line, `${line}\nsecond ${line}`, `-----BEGIN KEY-----\n${line}\n-----END KEY-----\n`),
  );

/** The forms in which a program may print a secret. */
const FORMS: readonly ((secret: string) => string)[] = [
  (text) => text,
  (text) => Buffer.from(text).toString("base64"),
  (text) => Buffer.from(`user:${text}`).toString("base64"),
  (text) => encodeURIComponent(text),
  (text) => JSON.stringify({ password: text }),
  (text) => `password=${text}&next=1`,
];

/** Returns every event that contains text, with this text. */
function eventsWith(text: string): readonly BakeEvent[] {
  const error = { severity: "error", code: "x", summary: text, hint: text, detail: text, resource: text } as const;
  const data: readonly EventData[] = [
    { type: "build-started" },
    { type: "step-started", step: "s", title: text },
    { type: "say", text },
    { type: "message", text },
    { type: "output", stream: "stdout", text },
    { type: "output", stream: "stderr", text: `before ${text} after` },
    { type: "progress", what: text, elapsed: 20_000, text },
    { type: "resource", action: "left", kind: "instance", id: "i-1", region: "us-east-1", why: text },
    { type: "diagnostic", diagnostic: { ...error, severity: "warning" } },
    { type: "step-ended", step: "s", outcome: "failed" },
    { type: "build-ended", outcome: "failed", artifacts: [ami({ imageName: text })], error },
  ];
  return [
    at(0, { type: "bake-started", builds: [{ name: "web", builder: "amazon-ebs" }] }, null),
    ...data.map((each, index) => at(index, each)),
    at(20, { type: "bake-ended", outcome: "failed" }, null),
  ];
}

/** Returns what the command line prints in both formats, connected as in `build`. */
function printed(value: string, text: string): string {
  const secrets = redactor();
  const collected = reportCollector(secrets, COMMAND_WORDS);
  const story = () =>
    consoleStory({ colour: false, introduce: false, timestamps: true, progressInterval: 0, sources: undefined });
  const lines: string[] = [];
  const formats = [story(), machineReadable(story())];
  const print = redacting((event: BakeEvent) => {
    for (const format of formats) lines.push(...format(event));
  }, secrets);
  for (const event of [at(0, { type: "secret", value }, null), ...eventsWith(text)]) {
    collected.listener(event);
    print(event);
  }
  return lines.join("\n");
}

/** Returns all output of a step of the action, connected as in the step. */
function shown(value: string, text: string) {
  const lines: string[] = [];
  const secrets = redactor();
  const log = actionLog({
    write: (line) => lines.push(line),
    story: consoleStory({ colour: false, introduce: true, timestamps: false, progressInterval: 0, sources: undefined }),
    annotate: annotator({ workspace: "/w", workingDirectory: () => "/w", sources: () => [], secrets }),
    token: randomUUID,
  });
  const collected = reportCollector(secrets, COMMAND_WORDS);
  const listeners = [redacting(log.listener, secrets), collected.listener];
  for (const event of [at(0, { type: "secret", value }, null), ...eventsWith(text)]) {
    for (const listener of listeners) listener(event);
  }
  log.end();
  const facts = {
    template: "web.json",
    image: "web",
    variables: [{ name: "v", value: secrets.redact(text) }],
    sources: [],
    rehearsal: false,
    recorded: 0,
    run: undefined,
    now: BEGIN,
  };
  const report = collected.redacted();
  return { log: lines.join("\n"), documents: commentMarkdown(report, facts) + summaryMarkdown(report, facts) };
}

/** Returns text as a reader sees it: decodes references and workflow-command escapes. */
function read(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll("%0A", "\n")
    .replaceAll("%0D", "\r")
    .replaceAll("%25", "%");
}

describe("a secret", () => {
  test("is masked before anything is printed, and appears nowhere in any form", () => {
    fc.assert(
      fc.property(secret, fc.constantFrom(...FORMS), (value, form) => {
        const { log, documents } = shown(value, form(value));
        const [first, ...others] = log.split("\n");
        expect(commandsIn(first ?? "")[0]?.name).toBe("add-mask");
        for (const line of value.split("\n").filter((each) => each.trim().length >= 9 && !each.startsWith("-----"))) {
          for (const part of [
            line.trim(),
            Buffer.from(line.trim()).toString("base64").replace(/=+$/, "").slice(0, -1),
          ]) {
            expect(read(others.join("\n"))).not.toContain(part);
            expect(read(documents)).not.toContain(part);
            expect(read(printed(value, form(value)))).not.toContain(part);
          }
        }
      }),
      { numRuns: RUNS },
    );
  });
});
