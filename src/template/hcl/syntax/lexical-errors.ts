import type { Diagnostic } from "../../../core/diagnostics.js";
import { type LocatedText, rangeBetween } from "./located.js";
import type { Token, TokenType } from "./tokens.js";

interface Rule {
  readonly summary: string;
  readonly detail: string;
  readonly hint?: string | undefined;
  /** How often it is reported in one text. */
  readonly limit: number;
}

const BITWISE = { summary: "Unsupported operator", detail: "There are no bitwise operators in HCL.", limit: 4 };
const STRAY = "Invalid character";

const RULES = new Map<TokenType, Rule>([
  ["&", { ...BITWISE, hint: 'For a logical AND write "&&".' }],
  ["|", { ...BITWISE, hint: 'For a logical OR write "||".' }],
  ["~", { ...BITWISE, hint: 'For a logical NOT write "!".' }],
  ["^", BITWISE],
  [
    "`",
    {
      summary: STRAY,
      detail: 'The "`" character has no meaning in HCL.',
      hint: "For a text of several lines write a heredoc: <<EOT.",
      limit: 1,
    },
  ],
  [
    "'",
    {
      summary: STRAY,
      detail: "Texts cannot be put in single quotes.",
      hint: 'Put the text in double quotes (").',
      limit: 1,
    },
  ],
  [
    ";",
    {
      summary: STRAY,
      detail: 'The ";" character has no meaning in HCL.',
      hint: "Put each argument and block on a line of its own, and commas between items of a list.",
      limit: 1,
    },
  ],
  [
    "bad-encoding",
    {
      summary: "Invalid character encoding",
      detail: "The file is not UTF-8 here (or holds the replacement character U+FFFD).",
      hint: 'Save the file as UTF-8; write the character itself as "\\uFFFD".',
      limit: 1,
    },
  ],
  [
    "quoted-newline",
    {
      summary: "Invalid multi-line string",
      detail: "A text in quotes ends on the line where it starts.",
      hint: "Write \\n for a line break, or use a heredoc (<<EOT) for several lines. Or is a closing quote missing?",
      limit: 8,
    },
  ],
  [
    "unclosed-comment",
    { summary: "Unclosed comment", detail: 'A comment that starts with "/*" must end with "*/".', limit: 1 },
  ],
  ["invalid", { summary: STRAY, detail: "This character is not used in HCL.", limit: 8 }],
]);

const CURLY: Rule = {
  summary: STRAY,
  detail: "Curly quotes do not delimit texts in HCL; they often come from text copied out of a document.",
  hint: 'Use straight double quotes (").',
  limit: 8,
};

/** Complaints about tokens that never occur in valid text; `reported` holds the offsets of all of these tokens. */
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
    const { limit: _, ...complaint } = rule;
    const code = rule.summary.toLowerCase().replaceAll(" ", "-");
    const range = rangeBetween(source, token.start, token.end);
    diagnostics.push({ severity: "error", code, ...complaint, range });
  }
  return { diagnostics, reported };
}
