import { describe, expect, test } from "@jest/globals";
import { commandLines, limitedOutput, outputTail } from "../../src/core/output.js";
import { redactor } from "../../src/core/secrets/redactor.js";

/** Returns the lines of these chunks of standard output. */
function linesOf(chunks: readonly (string | Uint8Array)[], ...known: readonly string[]): readonly string[] {
  const secrets = redactor();
  for (const secret of known) secrets.add(secret);
  const found: string[] = [];
  const lines = commandLines(secrets, (line) => found.push(line));
  for (const chunk of chunks) lines.push(Buffer.from(chunk), "stdout");
  lines.end();
  return found;
}

describe("commandLines", () => {
  test.each([0, 1, 5, 10, 11])("replaces a secret that begins %i characters before a line is divided", (before) => {
    const shown = linesOf([`${"x".repeat(16_384 - before)}S3CRETVALUE${"y".repeat(100)}\n`], "S3CRETVALUE").join("");
    expect(shown).toBe(`${"x".repeat(16_384 - before)}<sensitive>${"y".repeat(100)}`);
  });

  test("replaces a secret of 26,000 bytes, and its base64 form", () => {
    const secret = Array.from({ length: 2000 }, (_, i) => `part-${i * 7919}`).join("/");
    expect(secret.length).toBeGreaterThan(20_000);
    // The last character of the base64 form also depends on what follows.
    const base64 = Buffer.from(secret).toString("base64").replace(/.=*$/, "");
    expect(linesOf([`one ${secret} two\n${base64}\n`], secret)).toEqual(["one <sensitive> two", "<sensitive>"]);
  });

  test("replaces a secret whose escape code is divided between two chunks", () => {
    expect(linesOf(["S3CRET\u001b[3", "1mVALUE\n"], "S3CRETVALUE")).toEqual(["<sensitive>"]);
  });

  test("replaces a secret whose character is divided between two chunks", () => {
    const bytes = Buffer.from("the pässwörd is here\n");
    for (let cut = 0; cut < bytes.length; cut++) {
      expect(linesOf([bytes.subarray(0, cut), bytes.subarray(cut)], "pässwörd")).toEqual(["the <sensitive> is here"]);
    }
  });

  test("shows the text after the last carriage return of a progress bar, without the end of a secret", () => {
    expect(linesOf(["10%\r20%\r30%\n", "S3CRET\rVALUE\n"], "S3CRETVALUE")).toEqual(["30%", "<sensitive>"]);
  });

  test("passes on a line without end in pieces, and keeps nothing of it", () => {
    const secrets = redactor();
    secrets.add("S3CRETVALUE");
    let length = 0;
    let longest = 0;
    const lines = commandLines(secrets, (line) => {
      length += line.length;
      longest = Math.max(longest, line.length);
    });
    const chunk = Buffer.alloc(65_536, "S3CRET");
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 200; i++) lines.push(chunk, "stdout");
    expect(length).toBeGreaterThan(199 * 65_536);
    expect(longest).toBeLessThanOrEqual(16_384);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 << 20);
  });
});

describe("outputTail", () => {
  const tail = (limit: number, ...chunks: readonly string[]) => {
    const kept = outputTail(limit);
    for (const chunk of chunks) kept.push(Buffer.from(chunk));
    return kept.text();
  };

  test.each([
    ["short output", tail(20, "one\n", "two\n"), "one\ntwo\n"],
    ["output of exactly the limit", tail(8, "one\n", "two\n"), "one\ntwo\n"],
    ["the last whole lines of longer output", tail(12, "hunter22-and-more\n", "one\n", "two\n"), "one\ntwo\n"],
    ["lines that begin exactly at the limit", tail(8, "hunter22\n", "one\ntwo\n"), "one\ntwo\n"],
    ["no part of a longer line", tail(12, "hunter22-and-more"), "(a line of more than 12 bytes)"],
  ])("keeps %s", (_, text, expected) => expect(text).toBe(expected));
});

describe("limited output", () => {
  const tooLong = () => new Error("too long");

  test("is kept up to its limit", () => {
    const output = limitedOutput(4, undefined, tooLong);
    output.push(Buffer.from("ab"));
    output.push(Buffer.from("cd"));
    expect(output.text()).toBe("abcd");
    expect(output.signal.aborted).toBe(false);
  });

  test("ends the command after its limit, and keeps no more", () => {
    const output = limitedOutput(4, undefined, tooLong);
    for (let n = 0; n < 10; n++) output.push(Buffer.from("abc"));
    expect(output.signal.reason).toEqual(new Error("too long"));
    expect(output.text()).toBe("abc");
  });

  test("ends with the outer signal", () => {
    const outer = new AbortController();
    const output = limitedOutput(4, outer.signal, tooLong);
    outer.abort(new Error("cancelled"));
    expect(output.signal.reason).toEqual(new Error("cancelled"));
  });
});
