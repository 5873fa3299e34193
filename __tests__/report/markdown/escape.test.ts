import { describe, expect, test } from "@jest/globals";
import { code, fenced, link, message, prose } from "../../../src/report/markdown/escape.js";
import { fc } from "../../support/properties.js";

const HOSTILE = [
  "<script>alert(1)</script>",
  "</code><img src=x onerror=alert(1)>",
  "[click](https://evil.example)",
  "![](https://evil.example/pixel)",
  "**bold** _it_ `code` ~~no~~",
  "| cell | cell |",
  "a\n# heading",
  "- [ ] task\n```\nfence",
  "$\\href{javascript:x}{y}$",
  "&lt;b&gt;",
  "https://evil.example",
  "user@evil.example",
  ":tada:",
];

/** Characters that mark up, embed or link if they are not escaped. */
const ACTIVE = /[<>`*_~[\]()!|\\$\n]/;

describe("prose", () => {
  test.each(HOSTILE)("%j is only text", (text) => {
    expect(prose(text)).not.toMatch(ACTIVE);
    expect(prose(text)).not.toContain("://");
  });

  test.each(["@octocat", "#123", "GH-12", "owner/repo#1", "@org/team"])(
    "%s is neither a mention nor a reference",
    (text) => {
      const seen = prose(text).replace(/&#(\d+);/g, (_, number: string) => String.fromCharCode(Number(number)));
      expect(seen).not.toMatch(/[@#]\w|GH-\d/i);
    },
  );

  test("www is not a link, and other text is unchanged", () => {
    expect(prose("www.evil.example")).toBe("www&#46;evil.example");
    expect(prose("Ubuntu 24.04 LTS, arm64 - final.")).toBe("Ubuntu 24.04 LTS, arm64 - final.");
  });
});

describe("code", () => {
  test("names and ids are plain code spans", () => {
    expect(code("ami-0abc")).toBe("`ami-0abc`");
    expect(code("/images/web/latest")).toBe("`/images/web/latest`");
  });

  test.each(HOSTILE)("%j does not leave the code span", (text) => {
    const shown = code(text);
    if (/^`[\w./:-]+`$/.test(shown)) return;
    const inside = /^<code>([\s\S]*)<\/code>$/.exec(shown)?.[1];
    expect(inside).toBeDefined();
    expect(inside).not.toMatch(ACTIVE);
  });
});

test("no text closes a fenced block", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("`", "```", "\n", "x", "~~~", "\u001b[1m", " ")), (pieces) => {
      const lines = fenced(pieces.join("")).split("\n");
      const fence = /^`+/.exec(lines[0] ?? "")?.[0] ?? "";
      return lines.slice(1, -1).every((line) => !line.includes(fence)) && lines.at(-1) === fence;
    }),
  );
});

test("no URL closes a link", () => {
  expect(link("`x`", "https://h/a(b)|c d<e>")).toBe("[`x`](https://h/a%28b%29%7Cc%20d%3Ce%3E)");
  expect(link("`x`", undefined)).toBe("`x`");
});

test("names in double quotes become code spans, quoted sentences stay", () => {
  expect(message('Unknown option "ami_nme": "not allowed here"')).toBe(
    "Unknown option `ami_nme`&#58; &#34;not allowed here&#34;",
  );
});
