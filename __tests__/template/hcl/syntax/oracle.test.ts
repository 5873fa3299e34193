import { parse } from "@cdktn/hcl2json";
import { describe, expect, test } from "@jest/globals";
import type { Diagnostic } from "../../../../src/core/diagnostics.js";
import { messageOf } from "../../../../src/core/errors.js";
import type { Expression } from "../../../../src/template/hcl/syntax/ast.js";
import { parseConfig } from "../../../../src/template/hcl/syntax/parse.js";
import { fc } from "../../../support/properties.js";
import { fixtures, mutate, seeded } from "./mutate.js";

/**
 * HashiCorp's parser as the judge: mutants of the fixtures must be accepted or refused alike, with the first complaint on
 * the same line. What remains different, and why:
 *
 * | difference                            | theirs                            | ours, on purpose                              |
 * | ------------------------------------- | --------------------------------- | --------------------------------------------- |
 * | `/*` without an end                   | "/" is told as a bad expression,  | "Unclosed comment" where it opens, first of   |
 * |                                       | after errors within the comment   | all, as nothing in it is code                 |
 * | an index without its "]"              | told at the bracket that the      | told at the token where "]" is expected       |
 * |                                       | recovery ends at, often the end   |                                               |
 * | broken one-line block, `a { b \n`     | told at the end of the line first | told at the name first                        |
 * | U+FFFD in text                        | accepted when the file has it     | refused: we are given text, and it most often |
 * |                                       | truly, refused when it stands for | stands for a byte that is not UTF-8           |
 * |                                       | a byte that is not UTF-8          |                                               |
 *
 * The judge turns files into JSON: complaints of that step ("convert …") are about values, not about syntax, and do not count.
 */
const MUTANTS = Number(process.env.BAKE_AMI_MUTANTS ?? 2000);

interface Verdict {
  readonly accepted: boolean;
  readonly line: number | undefined;
  readonly text: string;
}

async function judge(text: string): Promise<Verdict> {
  try {
    await parse("f.hcl", text);
    return { accepted: true, line: undefined, text: "accepted" };
  } catch (error) {
    const message = messageOf(error);
    const line = /^parse config: \[f\.hcl:(\d+),/.exec(message)?.[1];
    return { accepted: line === undefined, line: line === undefined ? undefined : Number(line), text: message };
  }
}

function ours(text: string): { verdict: Verdict; first: Diagnostic | undefined } {
  const first = parseConfig({ file: "f.hcl", text }).diagnostics[0];
  const line = first?.range?.start.line;
  return { verdict: { accepted: first === undefined, line, text: `${line} ${first?.summary}` }, first };
}

/** The rows of the table above. */
function isWanted(theirs: Verdict, first: Diagnostic | undefined): boolean {
  if (first?.summary === "Unclosed comment" || first?.summary === "Invalid character encoding") return true;
  if (/Missing close bracket on (splat )?index/.test(theirs.text)) return true;
  return theirs.text.includes("Invalid single-argument block definition");
}

/** The value of `a = …` where all holes are texts. */
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

describe("the native syntax as HashiCorp's parser sees it", () => {
  test("fixtures are accepted by both", async () => {
    for (const text of fixtures()) {
      expect(await judge(text)).toMatchObject({ accepted: true });
      expect(ours(text).verdict).toMatchObject({ accepted: true });
    }
  });

  test.each([
    ["<<-EOT\n", "\n  EOT\n"],
    ["<<EOT\n", "\nEOT\n"],
    ['"', '"\n'],
  ])("texts within %j have the same value: strip markers, dedent, escapes", async (open, close) => {
    await fc.assert(
      fc.asyncProperty(pieces, async (parts) => {
        const lines = open === '"' ? parts.map((part) => (part.endsWith("\n") ? "\\n" : part)) : parts;
        const text = `a = ${open}${lines.join("")}${close}`;
        expect({ text, a: textOf(text) }).toEqual({ text, ...(await parse("f.hcl", text)) });
      }),
      { numRuns: Math.ceil(MUTANTS / 4) },
    );
  });

  test(`${MUTANTS} mutants: the same verdict, on the same line`, async () => {
    const random = seeded(20261121);
    const texts = fixtures();
    const verdicts: string[] = [];
    const lines: string[] = [];
    const unexplained: string[] = [];
    let refused = 0;
    for (let i = 0; i < MUTANTS; i++) {
      const text = mutate(texts[i % texts.length] ?? "", random);
      const theirs = await judge(text);
      const { verdict, first } = ours(text);
      const told = `${JSON.stringify(text)}: ${theirs.text.slice(0, 200)} / ${verdict.text}`;
      if (theirs.accepted !== verdict.accepted) verdicts.push(told);
      else if (!theirs.accepted) {
        refused++;
        if (theirs.line === verdict.line) continue;
        lines.push(told);
        if (!isWanted(theirs, first)) unexplained.push(told);
      }
    }
    expect(refused).toBeGreaterThan(MUTANTS / 3);
    expect(verdicts.slice(0, Math.max(0, verdicts.length - Math.floor(MUTANTS / 1000)))).toEqual([]);
    expect(unexplained).toEqual([]);
    expect(lines.length / refused).toBeLessThanOrEqual(0.02);
  }, 600_000);
});
