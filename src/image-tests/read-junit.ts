import { BakeError, messageOf } from "../core/errors.js";
import type { InnerTest, InnerTests } from "./inner-tests.js";
import { XML_PROBLEM, type XmlToken, xmlTokens } from "./xml-tokens.js";

/** The start of a document: a root element at the start of a line, or after an XML declaration or a comment. */
const ROOT = /(?:^|\n|\?>|-->)[ \t]*<testsuites?(?=[\s/>])/g;

/** A document type declaration before the root element. */
const DOCTYPE = /<!DOCTYPE\b/i;

/**
 * Reads JUnit XML from the standard output of a script, also after other text, and several documents. Returns undefined for text without
 * a `<testsuite>` or `<testsuites>` at the start of a line. A document that is not well-formed makes the report incomplete: the tests
 * before the error are returned.
 */
export function readJunit(text: string): InnerTests | undefined {
  const tests: InnerTest[] = [];
  let end = 0;
  let found = false;
  try {
    for (;;) {
      ROOT.lastIndex = end;
      const root = ROOT.exec(text);
      if (!root) break;
      found = true;
      const start = root.index + root[0].lastIndexOf("<");
      if (DOCTYPE.test(text.slice(end, start))) {
        return {
          format: "JUnit XML",
          tests,
          problem: "The JUnit XML has a document type declaration, which is not read",
        };
      }
      end = readDocument(text, start, tests);
    }
  } catch (error) {
    if (!(error instanceof BakeError && error.code === XML_PROBLEM)) throw error;
    return { format: "JUnit XML", tests, problem: `The JUnit XML ${messageOf(error)}` };
  }
  return found ? { format: "JUnit XML", tests, problem: undefined } : undefined;
}

/** What is read of the element that is open. */
interface Reading {
  /** The open `testcase`, or the suite for an error outside of its tests. */
  test: OpenCase | undefined;
  /** The element whose text is collected. */
  inside: string | undefined;
  readonly suites: string[];
}

interface OpenCase {
  readonly name: string;
  readonly group: string | undefined;
  readonly duration: number;
  outcome: InnerTest["outcome"];
  message: string | undefined;
  text: string;
}

/** Adds the tests of one document; returns the place after it. */
function readDocument(text: string, start: number, tests: InnerTest[]): number {
  const reading: Reading = { test: undefined, inside: undefined, suites: [] };
  const tokens = xmlTokens(text, start);
  for (let next = tokens.next(); ; next = tokens.next()) {
    if (next.done) return next.value;
    const ended = readToken(next.value, reading);
    if (ended) tests.push(closed(ended));
  }
}

/** Reads one piece; returns a test that is complete. */
function readToken(token: XmlToken, reading: Reading): OpenCase | undefined {
  if (token.kind === "text") {
    if (reading.inside !== undefined && reading.test) reading.test.text += token.text;
    return undefined;
  }
  const name = token.name.replace(/^.*:/, "");
  if (token.kind === "open") {
    readOpening(name, token.attributes, reading);
    return undefined;
  }
  if (name === "testsuite" || name === "testsuites") reading.suites.pop();
  const { test, inside } = reading;
  if (name === inside) reading.inside = undefined;
  const isWhole = name === "testcase" || (name === inside && test?.group === OUTSIDE);
  if (!isWhole) return undefined;
  reading.test = undefined;
  return test;
}

/** The group of an error of a suite, outside of its tests. */
const OUTSIDE = "testsuite";

function readOpening(name: string, attributes: ReadonlyMap<string, string>, reading: Reading): void {
  switch (name) {
    case "testsuite":
    case "testsuites":
      reading.suites.push(attributes.get("name") ?? "");
      return;
    case "testcase":
      reading.test = openCase(attributes.get("name") ?? "", attributes.get("classname"), attributes.get("time"));
      return;
    case "failure":
    case "error":
      reading.test ??= openCase(reading.suites.at(-1) ?? "", OUTSIDE, undefined);
      if (reading.test.outcome !== "failed") {
        reading.test.outcome = "failed";
        reading.test.message = attributes.get("message") || attributes.get("type");
        reading.test.text = "";
      }
      reading.inside = name;
      return;
    case "skipped":
      if (!reading.test || reading.test.outcome === "failed") return;
      reading.test.outcome = "skipped";
      reading.test.message = attributes.get("message");
      reading.inside = name;
  }
}

function openCase(name: string, group: string | undefined, time: string | undefined): OpenCase {
  const seconds = Number((time ?? "").replaceAll(",", ""));
  const duration = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
  return { name, group: group || undefined, duration, outcome: "passed", message: undefined, text: "" };
}

function closed({ name, group, duration, outcome, message, text }: OpenCase): InnerTest {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const why = outcome === "passed" ? undefined : (message ?? lines[0]?.trim());
  return { name, group, outcome, duration, end: undefined, message: why, lines: outcome === "failed" ? lines : [] };
}
