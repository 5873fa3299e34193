import { constants, generateKeyPairSync, publicEncrypt } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import bcrypt from "bcryptjs";
import { toPlain } from "../../../src/template/values/json.js";
import { formatValue } from "../../../src/template/values/print.js";
import { secretsOf } from "../../../src/template/values/value.js";
import { evaluateText } from "../evaluating.js";
import { memoryLookups } from "../memory-lookups.js";

const lookups = memoryLookups({
  files: {
    "/work/a.txt": "hi\n",
    "/work/.hidden.txt": "z",
    "/work/sub/b.txt": "x",
    "/work/sub/deep/c.sh": "y",
    "/work/bytes": Uint8Array.of(0xff, 0xfe),
    "/work/list.tpl": "Hello ${name}!%{ for x in xs }\n- ${x}%{ endfor }\n",
    "/work/recursive.tpl": '${templatefile("a.txt", {})}',
    "/work/broken.tpl": "a\n${",
  },
});

function evaluate(text: string): unknown {
  const { value, diagnostics } = evaluateText(text, new Map(), lookups);
  return diagnostics.length > 0 ? diagnostics.map(({ summary, detail }) => `${summary}: ${detail}`) : toPlain(value);
}

describe("files", () => {
  test.each([
    ['file("a.txt")', "hi\n"],
    ['file("/work/a.txt")', "hi\n"],
    ['file("./sub/../a.txt")', "hi\n"],
    ['filebase64("bytes")', "//4="],
    ['fileexists("a.txt")', true],
    ['fileexists("nope")', false],
    ['fileset(".", "*.txt")', [".hidden.txt", "a.txt"]],
    ['fileset(".", "**/*.{txt,sh}")', [".hidden.txt", "a.txt", "sub/b.txt", "sub/deep/c.sh"]],
    ['fileset("sub", "**")', ["b.txt", "deep/c.sh"]],
    ['fileset("sub", "*")', ["b.txt"]],
    ['fileset(".", "sub/?.txt")', ["sub/b.txt"]],
    ['fileset(".", "[ab].txt")', ["a.txt"]],
    ['fileset("sub", "../a.*")', ["../a.txt"]],
    ['fileset(".", "a.txt")', ["a.txt"]],
    ['fileset("nope", "*")', []],
    ['abspath("x/../y")', "/work/y"],
    ['templatefile("list.tpl", { name = "Bo", xs = ["a", "b"] })', "Hello Bo!\n- a\n- b\n"],
  ])("%s", (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });

  test.each([
    ['file("nope.txt")', /No file exists at \/work\/nope\.txt/],
    ['file("bytes")', /not UTF-8/],
    ['fileexists("sub")', /is a directory, not a regular file/],
    ['templatefile("recursive.tpl", {})', /A template file cannot call function "templatefile"/],
    ['templatefile("list.tpl", { name = "Bo" })', /uses "xs"/],
    ['templatefile("list.tpl", "x")', /must be a map/],
    ["templatefile([], {})", /Parameter "path" of function "templatefile" must be a string/],
    ['templatefile("list.tpl", { "a b" = 1 })', /Invalid template variable name "a b"/],
    ['templatefile("broken.tpl", {})', /./],
  ])("%s is rejected", (text, message) => {
    expect(evaluate(text)).toEqual([expect.stringMatching(message)]);
  });
});

describe("time of the run", () => {
  test.each([
    ["timestamp()", "2024-05-06T07:08:09Z"],
    ["legacy_isotime()", "2024-05-06T07:08:09Z"],
    ['legacy_isotime("20060102-150405")', "20240506-070809"],
    ['legacy_strftime("%Y-%m-%d")', "2024-05-06"],
    ['formatdate("YYYYMMDDhhmm", timestamp())', "202405060708"],
  ])("%s", (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });
});

describe("cryptography", () => {
  test("bcrypt returns a valid hash", () => {
    const hash = String(evaluate('bcrypt("secret", 5)'));
    expect(hash).toMatch(/^\$2a\$05\$/);
    expect(bcrypt.compareSync("secret", hash)).toBe(true);
  });

  test("rsadecrypt reads PKCS #1 v1.5", () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const cipher = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from("hush"));
    const pem = JSON.stringify(privateKey.export({ type: "pkcs1", format: "pem" }));
    expect(evaluate(`rsadecrypt("${cipher.toString("base64")}", ${pem})`)).toBe("hush");
    expect(evaluate(`rsadecrypt("AAAA", ${pem})`)).toEqual([expect.stringMatching(/Could not decrypt/)]);
  });

  test("uuidv4 returns a new UUID each time", () => {
    expect(evaluate("uuidv4()")).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(evaluate("uuidv4() == uuidv4()")).toBe(false);
  });

  test("base64gzip compresses the text", () => {
    expect(gunzipSync(Buffer.from(String(evaluate('base64gzip("hello")')), "base64")).toString()).toBe("hello");
  });
});

describe("secrets", () => {
  const pending = memoryLookups({ lookUp: () => ({ state: "pending" }) });
  const holding = (value: string) =>
    memoryLookups({
      lookUp: ({ kind, arguments: request }) => {
        const matches = JSON.stringify(request) === '{"name":"db"}' && kind.startsWith("aws_secretsmanager");
        return matches ? { state: "ready", value } : { state: "failed", message: `unexpected request ${kind}` };
      },
    });

  test.each([
    ['aws_secretsmanager("db", "password")', '{"user":"u","password":"p"}', "p"],
    ['aws_secretsmanager("db", "port")', '{"user":"u","port":5432}', "5432"],
    ['aws_secretsmanager("db")', '{"password":"only"}', "only"],
    ['aws_secretsmanager("db", null)', '{"password":"only"}', "only"],
    ['aws_secretsmanager("db")', "plain text", "plain text"],
    ['aws_secretsmanager_raw("db")', '{"a":1}', '{"a":1}'],
  ])("%s of %s, marked", (text, secret, expected) => {
    const { value, diagnostics } = evaluateText(`"x-\${${text}}"`, new Map(), holding(secret));
    expect(diagnostics).toEqual([]);
    expect(formatValue(value)).toBe(`x-${expected}`);
    expect(secretsOf(value)).toEqual([`x-${expected}`]);
  });

  test.each([
    [
      'aws_secretsmanager("db")',
      '{"a":"1","b":"2"}',
      /"db" has 2 fields, but no field is selected\. Set the second argument to one of a, b\.$/,
    ],
    ['aws_secretsmanager("db", "c")', '{"a":"hush"}', /no field "c"\. Use one of a\.$/],
    ['aws_secretsmanager("db", "a", "b")', '{"a":"hush"}', /At most two arguments/],
    ['aws_secretsmanager("db")', '["hush"]', /not a JSON object with fields/],
  ])("%s of %s is rejected, and the secret is not printed", (text, secret, message) => {
    const [only, ...others] = evaluateText(text, new Map(), holding(secret)).diagnostics;
    expect(others).toEqual([]);
    expect(only?.detail).toMatch(message);
    expect(JSON.stringify(only)).not.toContain("hush");
  });

  test.each(['vault("secret/x", "y")', 'aws_secretsmanager("db")'])("%s is unknown while pending", (text) => {
    const { value, diagnostics } = evaluateText(text, new Map(), pending);
    expect([value.kind, value.sensitive, diagnostics]).toEqual(["unknown", true, []]);
  });
});
