import { describe, expect, test } from "@jest/globals";
import { redactor } from "../../../src/core/secrets/redactor.js";

function redactorOf(secret: string) {
  const made = redactor();
  made.add(secret);
  return made;
}

/** As url.QueryEscape. */
const goQuery = (text: string) =>
  encodeURIComponent(text)
    .replaceAll("%20", "+")
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

const html = (text: string, double: string, single: string) =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', double)
    .replaceAll("'", single);

const SECRET = 'it\'s $a "p4ss/w+rd" & <é> ${x}';

describe("encoded forms", () => {
  test.each<readonly [string, (text: string) => string]>([
    ["hexadecimal", (text) => Buffer.from(text).toString("hex")],
    ["hexadecimal in capitals", (text) => Buffer.from(text).toString("hex").toUpperCase()],
    ["percent-encoded in lower case", (text) => encodeURIComponent(text).replace(/%../g, (hex) => hex.toLowerCase())],
    ["as Go escapes a query", (text) => goQuery(text)],
    ["as Python quotes a path", (text) => goQuery(text).replaceAll("+", "%20").replaceAll("%2F", "/")],
    ["as a whole URL", encodeURI],
    ["in HTML as Go writes it", (text) => html(text, "&#34;", "&#39;")],
    ["in HTML as Python writes it", (text) => html(text, "&quot;", "&#x27;")],
    ["JSON in JSON", (text) => JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1)],
    ["JSON of ASCII", (text) => JSON.stringify(text).slice(1, -1).replaceAll("é", "\\u00e9")],
    [
      "JSON as Go writes it",
      (text) =>
        JSON.stringify(text)
          .slice(1, -1)
          .replaceAll("<", "\\u003c")
          .replaceAll(">", "\\u003e")
          .replaceAll("&", "\\u0026"),
    ],
    ["HCL", (text) => JSON.stringify(text).slice(1, -1).replaceAll("${", "$${")],
    ["in single quotes of a shell", (text) => text.replaceAll("'", "'\\''")],
    ["in double quotes of a shell", (text) => text.replace(/["$`\\]/g, "\\$&")],
  ])("replaces a secret %s", (_, how) => {
    expect(redactorOf(SECRET).redact(`before ${how(SECRET)} after`)).toBe("before <sensitive> after");
  });

  test.each([0, 1, 2, 3])("replaces all of its base64 form at the end, after %i other bytes", (length) => {
    for (const secret of ["hunter22", "hunter222", "hunter2222"]) {
      const text = Buffer.from("x".repeat(length) + secret).toString("base64");
      expect(redactorOf(secret).redact(text)).toMatch(/^[A-Za-z0-9]{0,4}<sensitive>=*$/);
    }
  });

  test.each([64, 76])("replaces base64 in lines of %i characters", (width) => {
    const secret = Array.from({ length: 30 }, (_, i) => `part-${i * 7919}`).join("/");
    const lines =
      Buffer.from(secret)
        .toString("base64")
        .match(new RegExp(`.{1,${width}}`, "g")) ?? [];
    const shown = redactorOf(secret)
      .redact(lines.join("\n"))
      .replace(/<sensitive>/g, "");
    expect(shown.replace(/[\n=]/g, "").length).toBeLessThan(8);
  });
});
