import { describe, expect, test } from "@jest/globals";
import { redactor } from "../../../src/core/secrets/redactor.js";
import { fc } from "../../support/properties.js";

/** Cases of each property; `BAKE_AMI_CASES=10000` tries more. */
const RUNS = Number(process.env.BAKE_AMI_CASES ?? 300);

function redactorOf(...secrets: readonly string[]) {
  const made = redactor();
  for (const secret of secrets) made.add(secret);
  return made;
}

/** Returns what a stream of these chunks emits. */
function streamed(secrets: ReturnType<typeof redactor>, chunks: readonly string[]): string {
  const emitted: string[] = [];
  const stream = secrets.stream((text) => emitted.push(text));
  for (const chunk of chunks) stream.push(chunk);
  stream.end();
  return emitted.join("");
}

describe("overlapping, nested and repeated secrets", () => {
  test.each([
    ["the longer of two that begin together", ["abcde", "abcdefgh"], "abcdefgh abcde", "<sensitive> <sensitive>"],
    ["both of two that overlap", ["abcdef", "defghi"], "-abcdefghi-", "-<sensitive>-"],
    ["one within another", ["abcdefgh", "cdefg"], "abcdefgh, xcdefgx", "<sensitive>, x<sensitive>x"],
    ["one that ends another", ["abcdefgh", "fghij"], "abcdefghij", "<sensitive>"],
    ["two side by side", ["secret-a", "secret-b"], "secret-asecret-b", "<sensitive><sensitive>"],
    ["one that overlaps itself", ["ababab"], "xababababx", "x<sensitive>x"],
    ["one that is begun again within itself", ["aab-aac"], "aab-aab-aac", "aab-<sensitive>"],
    ["no text of another case", ["hunter22"], "HUNTER22", "HUNTER22"],
    ["the mask only once", ["sensitive", "sens"], "<sensitive> sensitive", "<sensitive> <sensitive>"],
    ["nothing in a text that is shorter than the secret", ["0123456789"], "0123456", "0123456"],
  ])("replaces %s", (_, secrets, text, expected) => {
    expect(redactorOf(...secrets).redact(text)).toBe(expected);
    expect(streamed(redactorOf(...secrets), [text])).toBe(expected);
    expect(streamed(redactorOf(...secrets), [...text])).toBe(expected);
  });
});

describe("escape codes and control characters", () => {
  test.each([
    ["a color within a secret", "S3CRET\u001b[31mVALUE", "<sensitive>"],
    [
      "a color at each character",
      [..."S3CRETVALUE"].map((char) => `\u001b[1m${char}\u001b[0m`).join(""),
      "<sensitive>",
    ],
    ["a title within a secret", "x S3CRET\u001b]0;title\u0007VALUE y", "x <sensitive> y"],
    ["an invisible mark within a secret", "S3CRET\u200eVALUE\u2028", "<sensitive>"],
    ["a NUL byte within a secret", "S3CRET\u0000VALUE", "<sensitive>"],
    ["no color around other text", "\u001b[31mother\u001b[0m", "other"],
  ])("do not hide a secret: %s", (_, text, expected) => {
    expect(redactorOf("S3CRETVALUE").redact(text)).toBe(expected);
    expect(streamed(redactorOf("S3CRETVALUE"), [text])).toBe(expected);
    expect(streamed(redactorOf("S3CRETVALUE"), [...text])).toBe(expected);
  });

  test("that are part of a secret do not keep it from being found", () => {
    const secrets = redactorOf("S3CRET\u001b[31mVALUE");
    expect(secrets.redact("S3CRET\u001b[31mVALUE S3CRETVALUE")).toBe("<sensitive> <sensitive>");
    expect(secrets.redact(JSON.stringify("S3CRET\u001b[31mVALUE"))).toBe('"<sensitive>"');
  });

  test("a carriage return within a secret does not show its end", () => {
    expect(streamed(redactorOf("S3CRETVALUE"), ["10%\rS3CRET\r\rVALUE\r\nok\r\n"])).toBe("10%\r<sensitive>\r\nok\r\n");
  });
});

describe("short secrets", () => {
  test.each([
    [
      "words only as separate words",
      "test",
      "latest test; AWS=test,testing",
      "latest <sensitive>; AWS=<sensitive>,testing",
    ],
    ["a word at the beginning and at the end", "ab1", "ab1 cd ab1", "<sensitive> cd <sensitive>"],
    ["symbols anywhere", "!?", "a!?b", "a<sensitive>b"],
    ["a number of four digits as a word", "8080", "port 8080 of 18080", "port <sensitive> of 18080"],
    ["no number of fewer digits", "1", "exit status 1", "exit status 1"],
    ["no truth value", "true", "true", "true"],
  ])("%s", (_, secret, text, expected) => {
    expect(redactorOf(secret).redact(text)).toBe(expected);
    expect(streamed(redactorOf(secret), [...text])).toBe(expected);
  });

  test("lines of fewer than four characters are not replaced on their own", () => {
    expect(redactorOf('{\n  "key": "hunter22"\n}').redact('{} "key": "hunter22" }')).toBe("{} <sensitive> }");
  });
});

describe("a stream", () => {
  test("emits each line when its newline arrives, also a line that begins a secret", () => {
    const emitted: string[] = [];
    const stream = redactorOf("first line\nsecond line").stream((text) => emitted.push(text));
    stream.push("first lin");
    expect(emitted.join("")).toBe("");
    stream.push("e\nsecond l");
    expect(emitted.join("")).toBe("<sensitive>\n");
    stream.push("ine.\n");
    expect(emitted.join("")).toBe("<sensitive>\n<sensitive>.\n");
  });

  test("replaces a secret that is added while its beginning is held back", () => {
    const secrets = redactorOf("prefix-one");
    const emitted: string[] = [];
    const stream = secrets.stream((text) => emitted.push(text));
    stream.push("a prefix-");
    secrets.add("prefix-two");
    stream.push("two b");
    stream.end();
    expect(emitted.join("")).toBe("a <sensitive> b");
  });

  test.each([
    ["replaces the beginning of a secret", "done: S3CRETVAL", "done: <sensitive>"],
    ["keeps a short beginning of a secret", "done: S3CRET", "done: S3CRET"],
    ["keeps a beginning of a secret in a line that is complete", "done: S3CRETVAL\n", "done: S3CRETVAL\n"],
  ])("that is cut off %s", (_, text, expected) => {
    expect(streamed(redactorOf("S3CRETVALUE"), [...text])).toBe(expected);
  });

  test("replaces a secret that is added between two lines", () => {
    const secrets = redactor();
    const emitted: string[] = [];
    const stream = secrets.stream((text) => emitted.push(text));
    stream.push("hunter22\n");
    secrets.add("hunter22");
    stream.push("hunter22\n");
    stream.end();
    expect(emitted.join("")).toBe("hunter22\n<sensitive>\n");
  });
});

describe("many and long secrets", () => {
  test("10,000 secrets are found, each where it is", () => {
    const all = Array.from({ length: 10_000 }, (_, i) => `secret-${((i * 7919) % 10_007) + 10_000}-${i}`);
    const secrets = redactorOf(...all);
    for (const each of [0, 1, 5000, 9999].map((i) => all[i] ?? "")) {
      expect(secrets.redact(`a ${each} b ${Buffer.from(each).toString("hex")}`)).toBe("a <sensitive> b <sensitive>");
    }
    expect(secrets.redact("secret-1-x")).toBe("secret-1-x");
  });

  test("a secret of 1 MB is found in a stream, with no more held back than its length", () => {
    const long = Array.from({ length: 100_000 }, (_, i) => (i * 7919).toString(36)).join("-");
    const text = `${long.slice(0, 50_000)} ${long}${long.slice(1)}\n`;
    const chunks = Array.from({ length: Math.ceil(text.length / 65_536) }, (_, i) =>
      text.slice(i * 65_536, (i + 1) * 65_536),
    );
    expect(streamed(redactorOf(long), chunks)).toBe(`${long.slice(0, 50_000)} <sensitive>${long.slice(1)}\n`);
  });

  test("a long secret that is begun again within itself is found, together with others", () => {
    const run = "ab".repeat(3000);
    const made = redactorOf(`${run}c`, "cd-secret", "hunter22");
    const text = `${run}${run}cd-secret hunter22 ${run}x\n`;
    const lengths = Array.from({ length: 40 }, (_, i) => i * 37);
    expect(streamed(made, cut(text, lengths))).toBe(`${run}<sensitive> <sensitive> ${run}x\n`);
    expect(made.redact(text)).toBe(`${run}<sensitive> <sensitive> ${run}x\n`);
  });
});

/** Secrets of few different characters, so that parts of them are all over the text. */
const secret = fc
  .string({ unit: fc.constantFrom("a", "b", "-", "é"), minLength: 6, maxLength: 9 })
  .filter((text) => text.trim() === text);
const ESCAPES = ["\u001b[31m", "\u001b[0m", "\u001b]0;t\u0007", "\u0000", "\u202e", "\u001b[2K", "\u009b1m"];
const FORMS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => Buffer.from(text).toString("base64").replace(/=+$/, ""),
  (text) => Buffer.from(`x${text}`).toString("base64").replace(/=+$/, ""),
  (text) => encodeURIComponent(text),
  (text) => JSON.stringify(text).slice(1, -1),
  (text) => Buffer.from(text).toString("hex"),
];

/** Returns the text in chunks of these lengths; the last one has the rest. */
function cut(text: string, lengths: readonly number[]): readonly string[] {
  const chunks: string[] = [];
  let at = 0;
  for (const length of lengths) {
    chunks.push(text.slice(at, at + length));
    at += length;
  }
  return [...chunks, text.slice(at)];
}

describe("every secret, at any offset and in any chunks", () => {
  const noise = fc.string({ unit: fc.constantFrom("a", "b", "-", "é", " ", "x", "<"), maxLength: 30 });
  const chunking = fc.array(fc.nat(9), { maxLength: 20 });

  test("is replaced, encoded or with escape codes inside", () => {
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(...FORMS),
        fc.array(fc.constantFrom("", "", "", ...ESCAPES), { minLength: 12, maxLength: 12 }),
        noise,
        noise,
        chunking,
        (secrets, form, escapes, before, after, lengths) => {
          const made = redactorOf(...secrets);
          const printed = form(secrets[0] ?? "");
          const dressed = [...printed].map((char, i) => char + (escapes[i] ?? "")).join("");
          const text = `${before}${dressed}${after}\n`;
          const shown = streamed(made, cut(text, lengths));
          expect(shown).toBe(made.redact(text));
          const visible = shown.replaceAll("<sensitive>", "\u0000");
          // Base64 characters that depend on other bytes, at both ends, are no part of the secret.
          const certain = printed.length > 8 && form !== FORMS[0] ? printed.slice(2, -2) : printed;
          for (const each of [...secrets, certain]) expect(visible).not.toContain(each);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test("is replaced line by line", () => {
    fc.assert(
      fc.property(fc.array(secret, { minLength: 2, maxLength: 4 }), noise, chunking, (lines, before, lengths) => {
        const made = redactorOf(lines.join("\n"));
        for (const text of [
          lines.join("\n"),
          lines.map((line) => before + line).join("\r\n"),
          lines.join(` ${before}\n`),
        ]) {
          const visible = streamed(made, cut(text, lengths)).replaceAll("<sensitive>", "\u0000");
          for (const line of lines) expect(visible).not.toContain(line);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test("leaves all other text as it is", () => {
    fc.assert(
      fc.property(fc.array(secret, { maxLength: 4 }), noise, chunking, (secrets, text, lengths) => {
        fc.pre(secrets.every((each) => !text.includes(each)));
        expect(streamed(redactorOf(...secrets), cut(`${text}\n`, lengths))).toBe(`${text}\n`);
      }),
      { numRuns: RUNS },
    );
  });
});
