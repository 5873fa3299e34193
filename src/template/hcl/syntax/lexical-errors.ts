import type { Diagnostic } from "../../../core/diagnostics.js";
import { type LocatedText, rangeBetween } from "./located.js";
import type { Token, TokenType } from "./tokens.js";

interface Rule {
  readonly summary: string;
  readonly detail: string;
  readonly hint?: string | undefined;
  /** The maximum number of reports in one text. */
  readonly limit: number;
}

const BITWISE = { summary: "Unsupported operator", detail: "Bitwise operators are not supported.", limit: 4 };
const STRAY = "Invalid character";

const RULES = new Map<TokenType, Rule>([
  ["&", { ...BITWISE, hint: 'Write "&&" for a logical AND.' }],
  ["|", { ...BITWISE, hint: 'Write "||" for a logical OR.' }],
  ["~", { ...BITWISE, hint: 'Write "!" for a logical NOT.' }],
  ["^", BITWISE],
  [
    "`",
    {
      summary: STRAY,
      detail: 'The "`" character is not valid.',
      hint: 'Use a heredoc, like "<<EOT", for a multi-line string.',
      limit: 1,
    },
  ],
  [
    "'",
    {
      summary: STRAY,
      detail: "Single quotes are not valid.",
      hint: 'Use double quotes (") to enclose strings.',
      limit: 1,
    },
  ],
  [
    ";",
    {
      summary: STRAY,
      detail: 'The ";" character is not valid.',
      hint: "Use newlines to separate arguments and blocks, and commas to separate items in collection values.",
      limit: 1,
    },
  ],
  [
    "bad-encoding",
    {
      summary: "Invalid character encoding",
      detail: "The file is not UTF-8 encoded here, or contains the replacement character U+FFFD.",
      hint: 'Save the file as UTF-8. Write the character U+FFFD as "\\uFFFD".',
      limit: 1,
    },
  ],
  [
    "quoted-newline",
    {
      summary: "Invalid multi-line string",
      detail: "Quoted strings may not be split over multiple lines.",
      hint: "Write \\n for a newline, or use a heredoc (<<EOT). Check for a missing closing quote.",
      limit: 8,
    },
  ],
  [
    "unclosed-comment",
    { summary: "Unclosed comment", detail: 'A comment that starts with "/*" must end with "*/".', limit: 1 },
  ],
  ["invalid", { summary: STRAY, detail: "This character is not used within the language.", limit: 8 }],
]);

const CURLY: Rule = {
  summary: STRAY,
  detail: "Curly quotes are not valid here. They often come from text copied from a document.",
  hint: 'Use straight quotes (") to enclose strings.',
  limit: 8,
};

/** Returns errors for tokens that never occur in valid text. `reported` contains the start offsets of all these tokens. */
export function lexicalErrors(
  source: LocatedText,
  tokens: readonly Token[],
): { diagnostics: Diagnostic[]; reported: ReadonlySet<number> } {
  const diagnostics: Diagnostic[] = [];
  const reported = new Set<number>();
  const counts = new Map<TokenType, number>();
  for (const token of tokens) {
    const general = RULES.get(token.type);
    if (!general) continue;
    const rule = token.type === "invalid" && /^[“”]/.test(source.text.charAt(token.start)) ? CURLY : general;
    const count = counts.get(token.type) ?? 0;
    counts.set(token.type, count + 1);
    reported.add(token.start);
    if (count >= rule.limit) continue;
    const { limit: _, ...problem } = rule;
    const code = rule.summary.toLowerCase().replaceAll(" ", "-");
    const range = rangeBetween(source, token.start, token.end);
    diagnostics.push({ severity: "error", code, ...problem, range });
  }
  return { diagnostics, reported };
}
