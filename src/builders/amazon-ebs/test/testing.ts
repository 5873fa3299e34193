import type { FoundImage } from "../../../aws/image.js";
import { abortReason } from "../../../core/clock.js";
import type { ImageTestReport } from "../../../core/image-tests.js";
import { TAG } from "../../../core/ownership.js";
import type { Bake } from "../bake.js";
import type { InstanceRoute } from "../look/route.js";
import { testsHashOf } from "../marks.js";
import type { PlannedBake } from "../plan.js";
import { notTested, testsFailed } from "./failure.js";
import { testImage } from "./image.js";

/** The tests of an image, which run while its copies are made. */
export interface RunningTests {
  /** Resolves with the report when the tests passed, with undefined where none are requested; rejects when they failed or could not be run. */
  readonly passed: Promise<ImageTestReport | undefined>;
  /** The bake of the copies: its signal is aborted when the tests do not pass. */
  readonly copying: Bake;
  /** The report of tests that failed; undefined before, and otherwise. */
  failed(): ImageTestReport | undefined;
  /** Ends the tests if they still run. Returns the error to report: theirs if it came first, else `error`. */
  end(error: unknown): Promise<unknown>;
}

/** What is tested: the plan, its first available image in the build Region, and as in `ImageUnderTest`. */
export interface TestedImage {
  readonly plan: PlannedBake;
  readonly image: FoundImage;
  readonly route: () => Promise<InstanceRoute>;
  readonly released: Promise<void>;
}

/**
 * Starts the tests of an image, if any are requested, and emits their report. The image is the first one that is available in the build
 * Region: its final one, unless that is a copy of it (encryption, a replaced name) or is not kept (`skip_save_build_region`). Then the image
 * of the instance is tested, because it has the same content and is available before any copy. A reused image that passed the same tests
 * is not tested again.
 */
export function startTests(bake: Bake, { plan, image, route, released }: TestedImage): RunningTests {
  const { context, session } = bake;
  const { tests } = context;
  const { testsHash } = plan;
  if (tests === undefined || testsHash === undefined) {
    return {
      passed: Promise.resolve(undefined),
      copying: bake,
      failed: () => undefined,
      end: async (error) => error,
    };
  }
  const stop = new AbortController();
  const noCopies = new AbortController();
  let failed: ImageTestReport | undefined;
  const run = async (): Promise<ImageTestReport> => {
    const earlier = earlierReport(bake, plan, image);
    const report = earlier ?? (await testImage(bake, { plan, image, tests, testsHash, route, released }, stop.signal));
    context.narrator.emit({ type: "image-tested", report });
    if (report.outcome === "passed") return report;
    failed = report;
    throw testsFailed(bake, plan, report);
  };
  const passed = run().catch((error: unknown) => {
    const isEnded = failed !== undefined || context.signal.aborted || stop.signal.aborted;
    const reported = isEnded ? error : notTested(image.id, session.region, error);
    noCopies.abort(reported);
    throw reported;
  });
  passed.catch(() => undefined);
  return {
    passed,
    copying: withSignal(bake, noCopies.signal),
    failed: () => failed,
    async end(error) {
      const isTheirs = noCopies.signal.aborted;
      stop.abort(error);
      await passed.catch(() => undefined);
      return isTheirs ? abortReason(noCopies.signal) : error;
    },
  };
}

/** Returns the report of a reused image that an earlier run tested with the same tests; undefined for other images. */
function earlierReport(bake: Bake, plan: PlannedBake, image: FoundImage): ImageTestReport | undefined {
  const { testsHash } = plan;
  const earlier = image.tags[TAG.tested];
  const isReused = plan.start.existing?.kind === "reused";
  if (!isReused || testsHash === undefined || testsHashOf(earlier) !== testsHash) return undefined;

  return { region: bake.session.region, imageId: image.id, outcome: "passed", testsHash, instances: [], earlier };
}

/** Returns the bake with another signal, which is aborted with its own too. */
function withSignal(bake: Bake, signal: AbortSignal): Bake {
  const { context } = bake;
  return { ...bake, context: { ...context, signal: AbortSignal.any([context.signal, signal]) } };
}
