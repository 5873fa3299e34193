import type { Patterns } from "./matcher.js";

/** Replaces a secret, as in Packer. */
export const MASK = "<sensitive>";

/** A part of a text that has secrets, from `start` to before `end`. */
interface Span {
  start: number;
  end: number;
}

/** Adds a match to spans in order: matches that overlap become one span, so that no half of a secret remains. */
function addMatch(spans: Span[], start: number, end: number): void {
  const span = { start, end };
  for (let last = spans.at(-1); last !== undefined && last.end > span.start; last = spans.at(-1)) {
    span.start = Math.min(span.start, last.start);
    span.end = Math.max(span.end, last.end);
    spans.pop();
  }
  spans.push(span);
}

/** Returns the text with each match replaced by what `replacement` returns for it. */
export function maskText(text: string, patterns: Patterns, replacement: (match: string) => string): string {
  if (text.length < patterns.shortest) return text;
  const spans: Span[] = [];
  const add = (start: number, end: number) => addMatch(spans, start, end);
  const scan = patterns.scan();
  scan.read(text, 0, add);
  scan.end(text.length, add);
  if (spans.length === 0) return text;
  const kept = spans.map(
    ({ start, end }, i) => text.slice(spans[i - 1]?.end ?? 0, start) + replacement(text.slice(start, end)),
  );
  return kept.join("") + text.slice(spans.at(-1)?.end);
}

/** One line of a stream, of any length. */
export interface LineMasking {
  /** Adds text without newlines. Emits what further text cannot change: of the rest it holds back at most the length of a pattern. */
  push(text: string): void;
  /** Emits the rest and starts the next line. */
  end(): void;
  /** Emits the rest, which was cut off, e.g. by a lost connection: the beginning of a secret at its end is replaced too. */
  cutOff(): void;
}

/** Shortest beginning of a secret that is replaced at the end of a stream, in characters: shorter ones are there by chance. */
const SHORTEST_BEGINNING = 8;

/**
 * Replaces matches in lines that arrive in pieces. `patterns` returns the patterns at the moment; those that are added later apply to what
 * is held back, too. Carriage returns within a match do not hide it, and are removed with it.
 */
export function maskLines(patterns: () => Patterns | undefined, emit: (text: string) => void): LineMasking {
  let current: Patterns | undefined;
  let scan = current?.scan();
  /** What is held back, without carriage returns, and its place in the line. */
  let text = "";
  let offset = 0;
  let spans: Span[] = [];
  let returns: number[] = [];
  const add = (start: number, end: number) => addMatch(spans, start, end);

  const refresh = () => {
    const latest = patterns();
    if (latest === current) return;
    current = latest;
    scan = current?.scan();
    // A span whose beginning is not held any more stays.
    spans = spans.filter(({ start }) => start === offset);
    scan?.read(text, offset, add);
  };
  const read = (piece: string) => {
    scan?.read(piece, offset + text.length, add);
    text += piece;
  };
  const readAroundReturns = (pushed: string) => {
    for (const [i, piece] of pushed.split("\r").entries()) {
      const place = offset + text.length;
      // Several at one place do what one does.
      if (i > 0 && returns.at(-1) !== place) returns.push(place);
      if (piece !== "") read(piece);
    }
  };
  /** Emits what is before `boundary`, a place that no later match begins before. */
  const settle = (boundary: number) => {
    const kept: string[] = [];
    let at = offset;
    const keepUntil = (end: number, returnsUntil: number) => {
      kept.push(withReturns(at, end, returnsUntil));
      at = end;
    };
    let isOpen = false;
    for (let span = spans[0]; span !== undefined && span.start < boundary; span = spans[0]) {
      keepUntil(span.start, span.start + 1);
      // A later match can still overlap the span: it stays open, without the text that it hides.
      at = Math.min(span.end, boundary);
      if (span.end > boundary) {
        span.start = boundary;
        isOpen = true;
        break;
      }
      kept.push(MASK);
      spans.shift();
    }
    if (at < boundary) keepUntil(boundary, boundary);
    text = text.slice(at - offset);
    offset = at;
    returns = returns.filter((place) => (isOpen ? place > offset : place >= offset));
    const settled = kept.join("");
    if (settled !== "") emit(settled);
  };
  /** Returns what is between two places, with the carriage returns before `returnsUntil`. */
  const withReturns = (start: number, end: number, returnsUntil: number): string => {
    if (returns.length === 0) return text.slice(start - offset, end - offset);
    const places = returns.filter((place) => place >= start && place < returnsUntil);
    const pieces = [start, ...places].map((from, i) => text.slice(from - offset, (places[i] ?? end) - offset));
    return pieces.join("\r");
  };

  return {
    push(pushed) {
      refresh();
      if (!pushed.includes("\r")) read(pushed);
      else readAroundReturns(pushed);
      settle(offset + text.length - (scan?.pending() ?? 0));
    },
    end,
    cutOff() {
      refresh();
      const length = offset + text.length;
      const pending = scan?.pending() ?? 0;
      if (pending >= SHORTEST_BEGINNING) add(length - pending, length);
      end();
    },
  };

  function end(): void {
    refresh();
    const length = offset + text.length;
    scan?.end(length, add);
    settle(length);
    if (returns.length > 0) emit("\r");
    scan = current?.scan();
    text = "";
    offset = 0;
    spans = [];
    returns = [];
  }
}
