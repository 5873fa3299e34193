import { describe, expect, test } from "@jest/globals";
import { renderDiagnostic } from "../../src/core/diagnostics.js";
import type { BakeEvent } from "../../src/core/events.js";
import { redactor } from "../../src/core/secrets/redactor.js";
import { concealSources, redactEvent, redacting } from "../../src/report/redact.js";
import { fc } from "../support/properties.js";

const SECRET = 'p4ss/w+rd&"<é>';

function redactorOf(...secrets: string[]) {
  const made = redactor();
  for (const secret of secrets) made.add(secret);
  return made;
}

describe("redactor", () => {
  test.each([
    ["as it is", SECRET],
    ["URL-encoded", encodeURIComponent(SECRET)],
    ["form-encoded", new URLSearchParams({ a: SECRET }).toString().slice(2)],
    ["JSON-escaped", JSON.stringify(SECRET).slice(1, -1)],
    [
      "XML-escaped",
      SECRET.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
    ],
  ])("replaces a secret %s", (_, form) => {
    expect(redactorOf(SECRET).redact(`before ${form} after`)).toBe("before <sensitive> after");
  });

  test.each([0, 1, 2, 3])("replaces its base64 form after %i other bytes", (length) => {
    const text = Buffer.from(`${"x".repeat(length)}${SECRET}tail`).toString("base64");
    const shown = redactorOf(SECRET).redact(text);
    expect(shown).toContain("<sensitive>");
    expect(Buffer.from(shown.replace("<sensitive>", ""), "base64").toString()).not.toContain(SECRET.slice(3, -3));
  });

  test("replaces each line of a secret of several lines", () => {
    const key = "-----BEGIN KEY-----\r\nMIIEabcdef\r\nqrstuv\r\n-----END KEY-----\r\n";
    expect(redactorOf(key).redact("line: MIIEabcdef; qrstuv")).toBe("line: <sensitive>; <sensitive>");
  });

  test("replaces the longer of two secrets first", () => {
    expect(redactorOf("abc", "abcdef").redact("abcdef abc")).toBe("<sensitive> <sensitive>");
  });

  test("an empty secret replaces nothing", () => {
    expect(redactorOf("", "\n").redact("a\nb")).toBe("a\nb");
  });

  test("redacts every secret", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(!"<sensitive>".includes(secret) && secret.trim() !== "");
        fc.pre(secret.length >= 5 || !/\w/.test(secret)); // shorter words: the test below
        const shown = redactorOf(secret)
          .redact(before + secret + after)
          .replaceAll("<sensitive>", "\u0000");
        return secret.includes("\u0000") || !shown.includes(secret);
      }),
    );
  });
});

describe("redactEvent", () => {
  test("redacts every text of an event, but not its type", () => {
    const secrets = redactorOf("say", "hunter2");
    const event: BakeEvent = {
      type: "say",
      text: "say hunter2",
      at: 1,
      build: "web",
    };
    expect(redactEvent(event, secrets)).toEqual({ type: "say", text: "<sensitive> <sensitive>", at: 1, build: "web" });
  });

  test("passes no secret to a listener after it was added", () => {
    const heard: BakeEvent[] = [];
    const listen = redacting((event) => heard.push(event), redactor());
    listen({ type: "secret", value: "hunter2", at: 1 });
    listen({ type: "output", stream: "stdout", text: "the password is hunter2", at: 2 });
    listen({
      type: "diagnostic",
      at: 3,
      diagnostic: { severity: "error", code: "x", summary: "hunter2", hint: "not hunter2" },
    });
    expect(JSON.stringify(heard.filter((event) => event.type !== "secret"))).not.toContain("hunter2");
  });
});

test("an excerpt of a long line shows no half of a secret, and its marks are in place", () => {
  const secrets = redactorOf("S3CRETVALUE");
  for (let shift = 0; shift < 30; shift++) {
    const text = `${"x".repeat(500)}S3CRETVALUE${"y".repeat(shift)}wrong${"z".repeat(shift)}S3CRETVALUE${"x".repeat(500)}`;
    const at = text.indexOf("wrong") + 1;
    const range = { file: "t", start: { offset: 0, line: 1, column: at }, end: { offset: 0, line: 1, column: at + 5 } };
    const diagnostic = { severity: "error", code: "x", summary: "wrong", range } as const;
    const shown = renderDiagnostic(diagnostic, concealSources([{ file: "t", text }], secrets));
    expect(shown).not.toMatch(/S3|CRET|VAL|UE/);
    const [, , line = "", marks = ""] = shown.split("\n");
    expect(line.slice(marks.indexOf("^"), marks.lastIndexOf("^") + 1)).toBe("wrong");
  }
});

test("a short secret is redacted as a separate word, not within other words", () => {
  const secrets = redactor();
  secrets.add("test");
  expect(secrets.redact("/images/web/latest: key test, AWS_KEY=test;")).toBe(
    "/images/web/latest: key <sensitive>, AWS_KEY=<sensitive>;",
  );
});
