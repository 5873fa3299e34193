import type { ImageTestReport, InstanceTests, TestResult } from "../core/image-tests.js";

/** The tests of the image of one build. */
export interface BuildTests {
  readonly build: string;
  readonly report: ImageTestReport;
}

/**
 * Returns the results as JUnit XML, as the readers of CI systems expect it: one `testsuite` for each instance, its tests as `testcase`,
 * times in seconds. An image that an earlier run tested has no instance and so no suite. Any text is valid: a character that XML 1.0
 * does not allow (§2.2) becomes U+FFFD.
 */
export function junitXml(reports: readonly BuildTests[]): string {
  const suites = reports.flatMap(({ build, report }) =>
    report.instances.map((instance) => ({ build, report, instance, cases: casesOf(instance) })),
  );
  const all = suites.flatMap(({ cases }) => cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: "bake-ami", ...totals(all) })}>`,
    ...suites.flatMap(({ build, report, instance, cases }) => [
      `  <testsuite${attributes({ name: suiteName(build, report, instance), ...totals(cases) })}>`,
      "    <properties>",
      ...Object.entries({
        image: report.imageId,
        region: report.region,
        "instance-type": instance.instanceType,
        "instance-id": instance.instanceId ?? "",
        "tests-hash": report.testsHash,
      }).map(([name, value]) => `      <property${attributes({ name, value })}/>`),
      "    </properties>",
      ...cases.flatMap((each) => caseXml(each, `${build}.${instance.instanceType}`)),
      "  </testsuite>",
    ]),
    "</testsuites>",
    "",
  ].join("\n");
}

/** An instance without a result did not pass. */
function casesOf({ results }: InstanceTests): readonly TestResult[] {
  if (results.length > 0) return results;
  return [{ name: "boot", outcome: "failed", duration: 0, message: "No test ran", output: [] }];
}

function suiteName(build: string, { imageId, region }: ImageTestReport, { instanceType }: InstanceTests): string {
  return `${build}: ${imageId} in ${region} on ${instanceType}`;
}

function totals(cases: readonly TestResult[]): Readonly<Record<string, string>> {
  const count = (outcome: TestResult["outcome"]) => cases.filter((each) => each.outcome === outcome).length;
  return {
    tests: String(cases.length),
    failures: String(count("failed")),
    errors: "0",
    skipped: String(count("skipped")),
    time: seconds(cases.reduce((sum, { duration }) => sum + duration, 0)),
  };
}

function caseXml({ name, outcome, duration, message, output }: TestResult, classname: string): readonly string[] {
  const open = `    <testcase${attributes({ name, classname, time: seconds(duration) })}`;
  if (outcome === "passed") return [`${open}/>`];
  const why = attributes(message === undefined ? {} : { message });
  const reason = outcome === "skipped" ? `<skipped${why}/>` : `<failure${why}>${escaped(output.join("\n"))}</failure>`;
  return [`${open}>`, `      ${reason}`, "    </testcase>"];
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(value).replace(/[\t\n]/g, (space) => REFERENCES[space] ?? "")}"`)
    .join("");
}

const REFERENCES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  // A parser changes these (XML 1.0 §2.11, §3.3.3).
  "\r": "&#13;",
  "\n": "&#10;",
  "\t": "&#9;",
};

/** Everything but the characters that XML 1.0 allows; with the flag `u`, half of a surrogate pair is one of them. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

function escaped(text: string): string {
  return text.replace(FORBIDDEN, "\uFFFD").replace(/[&<>"\r]/g, (character) => REFERENCES[character] ?? "");
}
