import { describe, expect, test } from "@jest/globals";
import { readJunit } from "../../src/image-tests/read-junit.js";

/** Returns a report in short: one line for each test, then the problem. */
function short(text: string): readonly string[] | undefined {
  const read = readJunit(text);
  if (!read) return undefined;
  const tests = read.tests.map(({ name, group, outcome, message, duration, lines }) =>
    [
      outcome,
      group === undefined ? name : `${group}.${name}`,
      message,
      duration || undefined,
      lines.join("|") || undefined,
    ]
      .filter((each) => each !== undefined)
      .join("; "),
  );
  return [...tests, ...(read.problem === undefined ? [] : [`PROBLEM ${read.problem}`])];
}

const suite = (...cases: readonly string[]) => `<testsuite name="s">${cases.join("")}</testsuite>`;

describe("JUnit XML is read", () => {
  test.each<[string, string, readonly string[]]>([
    [
      "as goss writes it",
      `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="goss" errors="0" tests="3" failures="1" skipped="1" time="0.011">
<testcase name="Command skipme exit-status" time="0.000">
<skipped/><system-out>Command: skipme: exit-status: skipped</system-out>
</testcase>
<testcase name="File /etc/passwd mode" time="0.002">
<system-out>File: /etc/passwd: mode: matches expectation: &#34;0644&#34;</system-out>
</testcase>
<testcase name="File /etc/nothere exists" time="0.000">
<system-err>File: /etc/nothere: exists: Expected false to equal true</system-err>
<failure>File: /etc/nothere: exists: Expected false to equal true</failure>
</testcase>
</testsuite>`,
      [
        "skipped; Command skipme exit-status",
        "passed; File /etc/passwd mode; 2",
        "failed; File /etc/nothere exists; File: /etc/nothere: exists: Expected false to equal true; File: /etc/nothere: exists: Expected false to equal true",
      ],
    ],
    [
      "as InSpec writes it",
      `<?xml version='1.0'?><testsuites><testsuite name='web' tests='2' failed='1' failures='1'>
        <testcase name='Port 80 is expected to be listening' classname='web.nginx' target='' time='0.5'>
          <failure message='expected&#x0A;listening &lt;true&gt;'/></testcase>
        <testcase name='File x' classname='web.Anonymous' time='1.5e-3'/></testsuite></testsuites>`,
      [
        "failed; web.nginx.Port 80 is expected to be listening; expected\nlistening <true>; 500",
        "passed; web.Anonymous.File x; 1.5",
      ],
    ],
    [
      "with an error, a type and CDATA",
      suite('<testcase name="a"><error type="IOError"><![CDATA[at <x>\n\n at y]]></error></testcase>'),
      ["failed; a; IOError; at <x>| at y"],
    ],
    [
      "with several failures of one test",
      suite('<testcase name="a"><failure message="one"/><failure message="two">t</failure></testcase>'),
      ["failed; a; one; t"],
    ],
    [
      "with a reason to skip",
      suite('<testcase name="a"><skipped message="no db">x</skipped></testcase>'),
      ["skipped; a; no db"],
    ],
    [
      "with nested suites and comments",
      `<testsuites><!-- <testcase> -->${suite(suite('<testcase name="a"/>'))}</testsuites>`,
      ["passed; a"],
    ],
    [
      "with an error outside of tests",
      suite('<error message="no set-up"/>', '<testcase name="a"/>'),
      ["failed; testsuite.s; no set-up", "passed; a"],
    ],
    [
      "after other output, and twice",
      `starting\n  ${suite('<testcase name="a"/>')}\nmore\n${suite('<testcase name="b"/>')}\nend`,
      ["passed; a", "passed; b"],
    ],
    ["without tests", suite(), []],
    [
      "with times that are not numbers",
      suite('<testcase name="a" time="1,234.5"/><testcase name="b" time="-1"/><testcase name="c" time="x"/>'),
      ["passed; a; 1234500", "passed; b", "passed; c"],
    ],
    [
      "with references, replaced once",
      suite('<testcase name="&amp;lt; &#9731; &#0; &#xD800; &#x110000; &xxe;"/>'),
      ["passed; &lt; ☃ \u0000 \ufffd \ufffd &xxe;"],
    ],
  ])("%s", (_, text, expected) => expect(short(text)).toEqual(expected));
});

describe("JUnit XML is not complete", () => {
  const first = '<testcase name="a"/>';
  const dtd = "PROBLEM The JUnit XML has a document type declaration, which is not read";
  test.each<[string, string, readonly string[]]>([
    ["that ends in a tag", `<testsuite>${first}<testcase na`, ["passed; a", "PROBLEM The JUnit XML ends early"]],
    [
      "that ends in a test",
      `<testsuite>${first}<testcase name="b">`,
      ["passed; a", "PROBLEM The JUnit XML ends early"],
    ],
    ["that ends in a comment", `<testsuite>${first}<!-- `, ["passed; a", "PROBLEM The JUnit XML ends early"]],
    [
      "with a wrong end tag",
      `<testsuite>${first}</testcase>`,
      ["passed; a", 'PROBLEM The JUnit XML has an end tag without a start tag: "</testcase>"'],
    ],
    [
      "with a tag without quotes",
      `<testsuite>${first}<testcase name=b></testsuite>`,
      ["passed; a", 'PROBLEM The JUnit XML has a tag with an error: "<testcase"'],
    ],
    [
      "with a < in text",
      `<testsuite>${first} 1 < 2</testsuite>`,
      ["passed; a", 'PROBLEM The JUnit XML has a "<" that begins no tag'],
    ],
    ["with entities of its own", '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<testsuite/>', [dtd]],
    [
      "with entities within",
      `<testsuite>${first}<!DOCTYPE x SYSTEM "file:///etc/passwd"></testsuite>`,
      ["passed; a", dtd],
    ],
    [
      "with a million nested elements",
      `<testsuite>${"<a>".repeat(1_000_000)}`,
      ["PROBLEM The JUnit XML has too many nested elements"],
    ],
  ])("%s", (_, text, expected) => expect(short(text)).toEqual(expected));
});

test.each([
  ["nothing", ""],
  ["other XML", "<html><testsuite/></html>"],
  ["a name that only begins so", "<testsuitesx>"],
  ["the middle of a line", 'grep "<testsuite>" report.xml'],
])("is not JUnit XML: %s", (_, text) => expect(readJunit(text)).toBeUndefined());

test.each<[string, string, number]>([
  ["a million empty tests", `<testsuite>${"<testcase/>".repeat(90_000)}</testsuite>`, 90_000],
  ["a million spaces in a tag", `<testsuite><testcase ${" ".repeat(1_000_000)} x`, 0],
  ["a million open quotes", `<testsuite><testcase ${'a="" '.repeat(200_000)}`, 0],
  ["a million ampersands", `<testsuite><testcase name="${"&".repeat(1_000_000)}"/></testsuite>`, 1],
  ["a million line starts", `${"\n\t".repeat(500_000)}<testsuite/>`, 0],
])("hostile text is read in linear time: %s", (_, text, count) => expect(readJunit(text)?.tests).toHaveLength(count));
