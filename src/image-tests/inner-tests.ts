import type { TestOutcome } from "../core/image-tests.js";

/** A test that a script reports. Untrusted text of any length. */
export interface InnerTest {
  /** Empty where the script gives none. */
  readonly name: string;
  /** What distinguishes tests of one name, such as the class. */
  readonly group: string | undefined;
  readonly outcome: TestOutcome;
  /** Milliseconds; 0 where the script gives none. */
  readonly duration: number;
  readonly message: string | undefined;
  /** Where its line ends in the text; undefined in a report that is written at once, such as JUnit XML. */
  readonly end: number | undefined;
  /** What the script says about this test. */
  readonly lines: readonly string[];
}

/** The tests that a script reports. */
export interface InnerTests {
  readonly format: "TAP" | "JUnit XML";
  readonly tests: readonly InnerTest[];
  /** Why the report is not complete. A script with such a report has failed. Undefined for a complete one. */
  readonly problem: string | undefined;
}
