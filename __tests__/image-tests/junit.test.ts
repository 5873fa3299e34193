import { execFileSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import type { ImageTestReport, TestResult } from "../../src/core/image-tests.js";
import { junitXml } from "../../src/image-tests/junit.js";
import { describeWith } from "../provisioners/tools.js";

const PASSED: TestResult = { name: "boot: running", outcome: "passed", duration: 1234, message: undefined, output: [] };

function report(results: readonly TestResult[], more: Partial<ImageTestReport> = {}): ImageTestReport {
  return {
    region: "us-east-1",
    imageId: "ami-1",
    outcome: "passed",
    testsHash: "abc",
    instances: [{ instanceType: "t3.small", instanceId: "i-1", results }],
    earlier: undefined,
    ...more,
  };
}

/** Reads the document with the XML parser of Python, which refuses what XML 1.0 does not allow. */
function parsed(xml: string): {
  readonly suites: readonly Record<string, string>[];
  readonly cases: readonly unknown[];
} {
  const script = `
import json, sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
cases = [[c.get("name"), c.get("classname"), c.get("time"), [[e.tag, e.get("message"), e.text] for e in c]] for c in root.iter("testcase")]
print(json.dumps({"suites": [s.attrib for s in root.iter("testsuite")], "cases": cases}))`;
  return JSON.parse(execFileSync("python3", ["-c", script], { input: xml, encoding: "utf8" }));
}

describeWith("python3", "apt-get install python3")("read by the XML parser of Python", () => {
  test("has one suite for each instance, with numbers and times in seconds", () => {
    const failed: TestResult = {
      name: "tests/web.sh",
      outcome: "failed",
      duration: 60_500,
      message: "exit status 3",
      output: ["a", "b"],
    };
    const skipped: TestResult = {
      name: "tests/db.sh: x",
      outcome: "skipped",
      duration: 0,
      message: "no db",
      output: [],
    };
    const two = report([], {
      instances: [
        { instanceType: "t3.small", instanceId: "i-1", results: [PASSED, failed, skipped] },
        { instanceType: "m7g.large", instanceId: undefined, results: [] },
      ],
    });
    const { suites, cases } = parsed(junitXml([{ build: "web", report: two }]));
    const numbers = { errors: "0", failures: "1" };
    expect(suites).toEqual([
      { name: "web: ami-1 in us-east-1 on t3.small", tests: "3", skipped: "1", time: "61.734", ...numbers },
      { name: "web: ami-1 in us-east-1 on m7g.large", tests: "1", skipped: "0", time: "0.000", ...numbers },
    ]);
    expect(cases).toEqual([
      ["boot: running", "web.t3.small", "1.234", []],
      ["tests/web.sh", "web.t3.small", "60.500", [["failure", "exit status 3", "a\nb"]]],
      ["tests/db.sh: x", "web.t3.small", "0.000", [["skipped", "no db", null]]],
      ["boot", "web.m7g.large", "0.000", [["failure", "No test ran", null]]],
    ]);
  });

  /** Any text, and what a parser reads from its XML. */
  const HOSTILE: readonly (readonly [text: string, read: string])[] = [
    [`</failure>"'&<!--]]>`, `</failure>"'&<!--]]>`],
    ["&lt;&xxe;", "&lt;&xxe;"],
    ["a\u0000b\u001b[31mc\u0008", "a\ufffdb\ufffd[31mc\ufffd"],
    ["half of a pair \ud800b\udc00", "half of a pair \ufffdb\ufffd"],
    ["a pair 😀", "a pair 😀"],
    ["\ufffe\uffff", "\ufffd\ufffd"],
    ["a\tb\r\nc\rd", "a\tb\r\nc\rd"],
  ];

  test("any text is valid XML", () => {
    const results = HOSTILE.map(([text]): TestResult => {
      return { name: text, outcome: "failed", duration: 0, message: text, output: [text] };
    });
    const { cases } = parsed(junitXml([{ build: "web", report: report(results) }]));
    expect(cases).toEqual(HOSTILE.map(([, read]) => [read, "web.t3.small", "0.000", [["failure", read, read]]]));
  });

  test("an image that an earlier run tested has no suite", () => {
    const earlier = report([], { instances: [], earlier: "abc 2026-01-01T00:00:00Z run" });
    expect(parsed(junitXml([{ build: "web", report: earlier }]))).toEqual({ suites: [], cases: [] });
    expect(parsed(junitXml([])).cases).toEqual([]);
  });
});
