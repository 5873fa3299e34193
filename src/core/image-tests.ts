/** What to do with an image whose tests fail: release it and its copies, or keep them marked as failed. */
export const TEST_FAILURE_WORDS = ["remove", "keep"] as const;

export type OnTestFailure = (typeof TEST_FAILURE_WORDS)[number];

/** The tests of an image, as the user sets them. */
export interface ImageTestSettings {
  /**
   * In order: paths of scripts, directories of scripts, `inspec:PROFILE`, `goss:FILE`. Relative to the working directory. Empty tests only
   * that the image boots.
   */
  readonly lines: readonly string[];
  /** One instance of each type is tested, in parallel. Empty is the type of the build. */
  readonly instanceTypes: readonly string[];
  /** Milliseconds for the whole test of one instance, from its launch. */
  readonly timeout: number;
  /** Undefined is `ssh_username` of the template. */
  readonly sshUsername: string | undefined;
  /** Path of a user data file, absolute; undefined launches without user data. */
  readonly userData: string | undefined;
  /** Name of an instance profile; undefined launches without one. */
  readonly instanceProfile: string | undefined;
  readonly onFailure: OnTestFailure;
}

/** How one test ended. */
export type TestOutcome = "passed" | "failed" | "skipped";

/** One test of one instance. */
export interface TestResult {
  /** `boot`, the path of a script as the user wrote it, or `SCRIPT: NAME` for a test that a script reports by TAP or JUnit. */
  readonly name: string;
  readonly outcome: TestOutcome;
  /** Milliseconds. */
  readonly duration: number;
  /** Why it failed or was skipped. Untrusted text, one line. */
  readonly message: string | undefined;
  /** The last lines of its output; empty unless it failed. Untrusted text without secrets. */
  readonly output: readonly string[];
}

/** The tests of one instance of the image. */
export interface InstanceTests {
  readonly instanceType: string;
  /** Undefined if none was launched. */
  readonly instanceId: string | undefined;
  readonly results: readonly TestResult[];
}

/** The tests of an image. It passed if each instance has a result and no result failed. */
export interface ImageTestReport {
  readonly region: string;
  readonly imageId: string;
  readonly outcome: "passed" | "failed";
  /** Hash of the tests: lines, files, instance types, user data. */
  readonly testsHash: string;
  /** Empty when an earlier run tested the image with the same tests. */
  readonly instances: readonly InstanceTests[];
  /** The value of the tag `bake-ami:tested` of the earlier run; undefined for tests of this run. */
  readonly earlier: string | undefined;
}
