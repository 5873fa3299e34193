import { spanning } from "../../../core/source.js";
import type { AttributeStep, LegacyIndexStep, SplatStep, TraversalStep } from "./ast.js";
import {
  accept,
  failedSince,
  type Parser,
  parseInBrackets,
  parseNested,
  peek,
  peekType,
  rangeFrom,
  rangeOf,
  read,
  recordError,
  recordErrorUnlessRecovering,
  recoverPast,
  tokenText,
} from "./parser.js";
import type { Token } from "./tokens.js";

/** Parses the steps after a term: `.name`, `[key]`, `.0`, `.*` and `[*]`. Returns an empty list when there are none. */
export function parseSteps(p: Parser): TraversalStep[] {
  const steps: TraversalStep[] = [];
  const failures = p.failures;
  while (!failedSince(p, failures)) {
    const type = peekType(p);
    const step = type === "." ? parseDot(p) : type === "[" ? parseBracket(p) : undefined;
    if (!step) break;
    steps.push(step);
  }
  return steps;
}

function parseDot(p: Parser): TraversalStep | undefined {
  const dot = read(p);
  const star = accept(p, "*");
  if (star) return parseAttributeSplat(p, dot, star);
  const step = parseAfterDot(p, dot);
  if (step) return step;
  recordError(p, rangeOf(p, peek(p)), {
    summary: "Invalid attribute name",
    detail: "An attribute name is required after a dot.",
  });
  p.recovering = true;
  return undefined;
}

/** Parses a name or a legacy index. Returns undefined, without consuming a token, when neither follows. */
function parseAfterDot(p: Parser, dot: Token): AttributeStep | LegacyIndexStep | undefined {
  const type = peekType(p);
  if (type !== "identifier" && type !== "number") return undefined;
  const token = read(p);
  const text = tokenText(p, token);
  const range = rangeFrom(p, dot, token);
  if (type === "identifier") return { kind: "attribute", name: text, nameRange: rangeOf(p, token), range };
  if (!/^\d+(?:[eE][+-]?\d+)?$/.test(text)) reportLegacyIndex(p, token, text);
  return { kind: "legacy-index", digits: text, range };
}

function reportLegacyIndex(p: Parser, token: Token, text: string): void {
  const [first, second] = text.split(".", 2);
  recordError(p, rangeOf(p, token), {
    summary: "Invalid legacy index syntax",
    detail: "When using the legacy index syntax, chaining two indexes together is not permitted.",
    hint: `Use the proper index syntax instead: [${first}][${second}].`,
  });
}

function parseAttributeSplat(p: Parser, dot: Token, star: Token): SplatStep {
  const steps: TraversalStep[] = [];
  while (peekType(p) === ".") {
    const inner = read(p);
    const step = parseAfterDot(p, inner);
    if (step) {
      steps.push(step);
      continue;
    }
    const nested = peekType(p) === "*";
    recordErrorUnlessRecovering(p, rangeOf(p, nested ? peek(p) : star), {
      summary: nested ? "Nested splat expression not allowed" : "Invalid attribute name",
      detail: nested
        ? "A splat expression (*) cannot be used inside another attribute-only splat expression."
        : "An attribute name is required after a dot.",
      hint: nested ? "Use full splat expressions: [*]." : undefined,
    });
    p.recovering = true;
    break;
  }
  return splat("attribute", rangeFrom(p, dot, star), steps);
}

function splat(form: SplatStep["form"], operatorRange: SplatStep["range"], steps: TraversalStep[]): SplatStep {
  const last = steps.at(-1);
  const range = last ? spanning(operatorRange, last.range) : operatorRange;
  return { kind: "splat", form, steps, operatorRange, range };
}

function parseBracket(p: Parser): TraversalStep {
  const open = read(p);
  return peekType(p) === "*" ? parseFullSplat(p, open) : parseIndex(p, open);
}

function parseFullSplat(p: Parser, open: Token): SplatStep {
  read(p);
  let close = read(p);
  if (close.type !== "]") {
    recordErrorUnlessRecovering(p, rangeOf(p, close), {
      summary: "Missing close bracket on splat index",
      detail: 'The star for a full splat operator must be immediately followed by a closing bracket ("]").',
    });
    close = recoverPast(p, "]");
  }
  const operatorRange = rangeFrom(p, open, close);
  const steps = parseNested(
    p,
    1,
    () => parseSteps(p),
    () => [],
  );
  return splat("full", operatorRange, steps);
}

function parseIndex(p: Parser, open: Token): TraversalStep {
  return parseInBrackets(p, open, "no newlines", () => {
    const failures = p.failures;
    const key = p.expression(p);
    let close = peek(p);
    if (failedSince(p, failures)) close = recoverPast(p, "]");
    else if (close.type === "]") read(p);
    else {
      recordErrorUnlessRecovering(p, rangeOf(p, close), {
        summary: "Missing close bracket on index",
        detail: 'The index operator must end with a closing bracket ("]").',
      });
      close = recoverPast(p, "]");
    }
    return { kind: "index", key, range: rangeFrom(p, open, close) };
  });
}
