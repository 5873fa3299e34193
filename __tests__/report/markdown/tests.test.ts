import { describe, expect, test } from "@jest/globals";
import type { ImageTestReport } from "../../../src/core/image-tests.js";
import { commentContent, commentMarkdown, summaryMarkdown } from "../../../src/report/markdown/documents.js";
import { reportFrom } from "../../../src/report/report.js";
import { ami, at, tested, testedBake, testResult } from "../events.js";
import { FACTS } from "./facts.js";

const comment = (report: ImageTestReport) => commentMarkdown(reportFrom(testedBake(report)), FACTS);
const failing = (name: string, output: readonly string[] = []) =>
  testResult(name, { outcome: "failed", message: "exited with status 1", output });
const passing = (count: number) => Array.from({ length: count }, (_, index) => testResult(`tests/${index}.sh`));

describe("tests in the comment and the summary", () => {
  test("up to eight are in one open table, failed ones first, with their last lines folded", () => {
    const report = tested([testResult("boot: login"), failing("tests/tls.sh", ["one", "two"])]);
    for (const text of [comment(report), summaryMarkdown(reportFrom(testedBake(report)), FACTS)]) {
      expect(text).toContain(
        [
          "**Tests of ami-2 failed&#58; `tests/tls.sh`**",
          "",
          "Tests: ❌ <b>1 test passed, 1 failed</b>",
          "",
          "<table>",
          '<thead><tr><th width="220">Test</th><th>Result</th><th>Duration</th><th width="220">Reason</th></tr></thead>',
          "<tbody>",
          "<tr><td><code>tests/tls.sh</code></td><td nowrap>❌ failed</td><td nowrap>1.2 s</td><td>exited with status 1</td></tr>",
          "<tr><td><code>boot&#58; login</code></td><td nowrap>✅ passed</td><td nowrap>1.2 s</td><td></td></tr>",
          "</tbody>",
          "</table>",
          "",
          "<details><summary>Last lines of <code>tests/tls.sh</code></summary>",
          "",
          "```text\none\ntwo\n```",
        ].join("\n"),
      );
      expect(text).not.toMatch(/Last lines of output:|a line that the table has too/);
    }
  });

  test("the first line says that the tests failed, also of one of several builds", () => {
    const failed = testedBake(tested([failing("tests/tls.sh")]));
    expect(commentMarkdown(reportFrom(failed), FACTS)).toContain("\n**Image tests failed** after 1 m 5 s from");
    const names = ["web", "worker"].map((name) => ({ name, builder: "amazon-ebs" }));
    const two = [
      at(0, { type: "bake-started", builds: names }, null),
      ...failed.slice(1, -1),
      at(64, { type: "build-ended", outcome: "succeeded", artifacts: [ami()] }, "worker"),
      ...failed.slice(-1),
    ];
    const text = commentMarkdown(reportFrom(two), FACTS);
    expect(text).toContain("\n**Image tests failed: 1 of 2 builds** after");
    expect(text).toContain("<td nowrap>❌ image tests failed</td>");
    expect(text).toMatch(/### ❌ `web`\n\n\*\*Tests of ami-2 failed[^\n]*\n\nTests: ❌/);
  });

  test("of more than eight only the failed ones are open", () => {
    const text = comment(tested([...passing(11), failing("tests/tls.sh")]));
    const [open = "", folded = ""] = text.split("<details><summary>11 tests without a failure</summary>");
    expect(open).toContain("❌ failed");
    expect(open).not.toContain("✅ passed");
    expect(folded.match(/✅ passed/g)).toHaveLength(11);
  });

  test("more than eight that passed are folded below their number", () => {
    const text = comment(tested(passing(9)));
    expect(text).toContain("Tests: ✅ 9 tests passed\n\n<details><summary>9 tests without a failure</summary>");
  });

  test("the instance type is a column where several were tested", () => {
    const instance = (instanceType: string) => ({ instanceType, instanceId: "i-1", results: [failing("a", ["x"])] });
    const text = comment(tested([], { outcome: "failed", instances: [instance("t3.micro"), instance("m7g.large")] }));
    expect(text).toContain("<th>Instance type</th>");
    expect(text).toContain("<summary>Last lines of <code>a</code> on <code>m7g.large</code></summary>");
    expect(comment(tested([failing("a")]))).not.toContain("Instance type");
  });

  test("the tests of an earlier run are one line", () => {
    const text = comment(tested([], { instances: [], earlier: "abc 2026-11-20T22:13:45.000Z 4711" }));
    expect(text).toContain("Tests: ✅ passed earlier with the same tests, 2026-11-20 22&#58;13 UTC by run 4711\n");
  });

  test("the content of the comment does not change with durations", () => {
    const content = (duration: number) =>
      commentContent(reportFrom(testedBake(tested([testResult("a", { duration })]))), FACTS);
    expect(content(5)).toBe(content(9000));
    expect(content(5)).toContain("<code>a</code>");
  });

  test.each([
    ["a name", (text: string) => testResult(text, { outcome: "failed", output: ["x"] })],
    ["a reason", (text: string) => testResult("a", { outcome: "failed", message: text })],
    ["a last line", (text: string) => testResult("a", { outcome: "failed", output: [text] })],
  ])("%s from the instance is only text", (_name, result) => {
    const hostile =
      "</code></details></td>|`````\n## <img src=x> @team #1 [x](http://y) **b** ::error::x ##[error]x \u001b[31m \u202e";
    const text = comment(tested([result(hostile)]));
    const markup = text.replace(/(`{3,})text\n[\s\S]*?\n\1\n/g, "");
    expect(markup).not.toMatch(/<img|@team|\]\(http:\/\/y|\*\*b|#1\b|^## <|##\[/m);
    expect(text).not.toMatch(/[\u001b\u202e]/);
    expect(text.match(/<details>/g)?.length).toBe(markup.match(/<\/details>/g)?.length);
  });

  test("of many last lines those of the first tests are kept", () => {
    const lines = Array.from({ length: 30 }, () => "z".repeat(200));
    const many = Array.from({ length: 20 }, (_, index) => failing(`tests/${index}.sh`, lines));
    const text = comment(tested(many));
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text).toContain("Last lines of <code>tests/5.sh</code>");
    expect(text).not.toContain("Last lines of <code>tests/19.sh</code>");
  });

  test("a thousand failed tests with long lines fit, and never displace the error", () => {
    const lines = Array.from({ length: 200 }, () => "z".repeat(5000));
    const many = Array.from({ length: 1000 }, (_, index) => failing(`${index} ${"y".repeat(200)}`, lines));
    const text = comment(tested(many));
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text).toContain("Tests of ami-2 failed");
    expect(Buffer.byteLength(summaryMarkdown(reportFrom(testedBake(tested(many))), FACTS))).toBeLessThan(1024 * 1024);
  });
});
