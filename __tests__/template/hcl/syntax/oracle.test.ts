import { parse } from "@cdktn/hcl2json";
import { describe, expect, test } from "@jest/globals";
import type { Diagnostic } from "../../../../src/core/diagnostics.js";
import { messageOf } from "../../../../src/core/errors.js";
import type { Expression } from "../../../../src/template/hcl/syntax/ast.js";
import { parseConfig } from "../../../../src/template/hcl/syntax/parse.js";
import { fc } from "../../../support/properties.js";
import { fixtures, mutate, seeded } from "./mutate.js";

/**
 * Compares with HashiCorp's parser: both must accept or reject the same mutants of the fixtures, with the first error on the same
 * line. The remaining differences:
 *
 * | difference                        | HashiCorp's parser                     | our parser, on purpose                   |
 * | --------------------------------- | -------------------------------------- | ---------------------------------------- |
 * | `/*` without an end               | reports "/" as an invalid expression,  | reports "Unclosed comment" first, where  |
 * |                                   | after errors within the comment        | the comment starts                       |
 * | an index without "]"              | reports the bracket at which recovery  | reports the token where "]" is expected  |
 * |                                   | ends, often the end of the file        |                                          |
 * | invalid one-line block `a { b \n` | reports the end of the line first      | reports the name first                   |
 * | U+FFFD in text                    | accepts U+FFFD in the file, rejects    | rejects it: it usually replaces bytes    |
 * |                                   | bytes that are not UTF-8               | that are not UTF-8                       |
 *
 * HashiCorp's tool converts files to JSON. Errors of the conversion ("convert …") are not syntax errors and do not count.
 */
const MUTANTS = Number(process.env.BAKE_AMI_MUTANTS ?? 2000);

interface Verdict {
  readonly accepted: boolean;
  readonly line: number | undefined;
  readonly text: string;
}

async function parseTheirs(text: string): Promise<Verdict> {
  try {
    await parse("f.hcl", text);
    return { accepted: true, line: undefined, text: "accepted" };
  } catch (error) {
    const message = messageOf(error);
    const line = /^parse config: \[f\.hcl:(\d+),/.exec(message)?.[1];
    return { accepted: line === undefined, line: line === undefined ? undefined : Number(line), text: message };
  }
}

function parseOurs(text: string): { verdict: Verdict; first: Diagnostic | undefined } {
  const first = parseConfig({ file: "f.hcl", text }).diagnostics[0];
  const line = first?.range?.start.line;
  return { verdict: { accepted: first === undefined, line, text: `${line} ${first?.summary}` }, first };
}

/** True for the differences in the table above. */
function isExpected(theirs: Verdict, first: Diagnostic | undefined): boolean {
  if (first?.summary === "Unclosed comment" || first?.summary === "Invalid character encoding") return true;
  if (/Missing close bracket on (splat )?index/.test(theirs.text)) return true;
  return theirs.text.includes("Invalid single-argument block definition");
}

/** Returns the value of `a = …` when all interpolations are strings. */
function textOf(text: string): string | undefined {
  const { body, diagnostics } = parseConfig({ file: "f.hcl", text });
  const [attribute] = body.attributes;
  return diagnostics.length > 0 || !attribute ? undefined : evaluate(attribute.expression);
}

function evaluate(expression: Expression): string {
  if (expression.kind !== "template") throw new Error(`no text: ${expression.kind}`);
  return expression.parts
    .map((part) => {
      if (part.kind === "literal") return part.text;
      return part.kind === "interpolation" ? evaluate(part.expression) : "";
    })
    .join("");
}

const pieces = fc.array(
  fc.constantFrom(
    "a",
    "b c",
    " ",
    "    ",
    "\t",
    "\n",
    "\n",
    "\r\n",
    "$-",
    "% ",
    "$\n",
    "~",
    "\u00a0",
    '${"x"}',
    '${~ "y" }',
    '${"z" ~}',
    '${~ " " ~}',
  ),
  { maxLength: 20 },
);

describe("the native syntax compared with HashiCorp's parser", () => {
  test("both parsers accept the fixtures", async () => {
    for (const text of fixtures()) {
      expect(await parseTheirs(text)).toMatchObject({ accepted: true });
      expect(parseOurs(text).verdict).toMatchObject({ accepted: true });
    }
  });

  test.each([
    ["<<-EOT\n", "\n  EOT\n"],
    ["<<EOT\n", "\nEOT\n"],
    ['"', '"\n'],
  ])("strings in %j have the same value: strip markers, dedent, escapes", async (open, close) => {
    await fc.assert(
      fc.asyncProperty(pieces, async (parts) => {
        const lines = open === '"' ? parts.map((part) => (part.endsWith("\n") ? "\\n" : part)) : parts;
        const text = `a = ${open}${lines.join("")}${close}`;
        expect({ text, a: textOf(text) }).toEqual({ text, ...(await parse("f.hcl", text)) });
      }),
      { numRuns: Math.ceil(MUTANTS / 4) },
    );
  });

  test(`${MUTANTS} mutants have the same verdict, on the same line`, async () => {
    const random = seeded(20261121);
    const texts = fixtures();
    const verdicts: string[] = [];
    const lines: string[] = [];
    const unexplained: string[] = [];
    let refused = 0;
    for (let i = 0; i < MUTANTS; i++) {
      const text = mutate(texts[i % texts.length] ?? "", random);
      const theirs = await parseTheirs(text);
      const { verdict, first } = parseOurs(text);
      const line = `${JSON.stringify(text)}: ${theirs.text.slice(0, 200)} / ${verdict.text}`;
      if (theirs.accepted !== verdict.accepted) verdicts.push(line);
      else if (!theirs.accepted) {
        refused++;
        if (theirs.line === verdict.line) continue;
        lines.push(line);
        if (!isExpected(theirs, first)) unexplained.push(line);
      }
    }
    expect(refused).toBeGreaterThan(MUTANTS / 3);
    expect(verdicts.slice(0, Math.max(0, verdicts.length - Math.floor(MUTANTS / 1000)))).toEqual([]);
    expect(unexplained).toEqual([]);
    expect(lines.length / refused).toBeLessThanOrEqual(0.02);
  }, 600_000);
});
