import type { FoundImage } from "../../../aws/image.js";
import { describeInstance, type FoundInstance, lastConsoleLines, readConsole } from "../../../aws/instance.js";
import { waitForStatusChecks } from "../../../aws/instance-status.js";
import { abortReason, signalWithTimeout } from "../../../core/clock.js";
import { BakeError } from "../../../core/errors.js";
import type { ImageTestSettings, InstanceTests, TestResult } from "../../../core/image-tests.js";
import type { ImageTests, Machine } from "../../../core/parts.js";
import { formatDuration } from "../../../core/text.js";
import { type Bake, inRegion } from "../bake.js";
import type { InstanceRoute } from "../look/route.js";
import { connectToInstance } from "../machine/connect.js";
import type { LaunchProfile } from "../machine/instance-profile.js";
import type { LaunchKey } from "../machine/key-pair.js";
import { launchInstance } from "../machine/launch.js";
import type { LaunchGroups } from "../machine/security-group.js";
import type { RenderedTags } from "../tags.js";
import { isEndedByItself, launchFault, loginFault } from "./failure.js";
import { type ResultMaker, startTimer } from "./results.js";
import { deletedWithInstance, testBake } from "./test-bake.js";

/** Lines of the console that a failed result has. */
const CONSOLE_LINES = 30;

/** What the instances of a test are launched with. */
export interface TestLaunch {
  readonly image: FoundImage;
  /** The source AMI of the build, whose system the image has. */
  readonly source: FoundImage;
  readonly route: InstanceRoute;
  readonly key: LaunchKey;
  readonly groups: LaunchGroups;
  readonly profile: LaunchProfile;
  /** Base64. */
  readonly userData: string | undefined;
  readonly tags: RenderedTags;
  readonly tests: ImageTests;
}

/**
 * Launches an instance of the image, and tests that it runs, passes EC2's status checks and accepts a login; then runs the tests on it while
 * EC2 still checks. `types`: those to try, the first with capacity is tested. What the image is at fault of is a failed result. Throws when
 * the image could not be tested, and when the bake is cancelled. The instance is left to the ledger.
 */
export async function testInstance(bake: Bake, launch: TestLaunch, types: readonly string[]): Promise<InstanceTests> {
  const { timeout } = launch.tests.settings;
  const onTimeout = () => timedOut(launch.tests.settings);
  const limited = signalWithTimeout(bake.context.signal, timeout, bake.session.clock, onTimeout);
  const own = testBake(bake, { options: bake.options, signal: limited.signal });
  try {
    return await launchAndTest({ bake: own, outer: bake, launch }, types);
  } finally {
    limited.done();
    await own.close();
  }
}

/** One instance being tested. */
interface TestedInstance {
  /** Its signal is aborted at the timeout of the test. */
  readonly bake: Bake;
  /** The bake whose signal is not aborted then, for the diagnosis. */
  readonly outer: Bake;
  readonly launch: TestLaunch;
}

async function launchAndTest(tested: TestedInstance, types: readonly string[]): Promise<InstanceTests> {
  const { bake, launch } = tested;
  const { image, source, route, tags } = launch;
  const timer = startTimer(bake.session.clock);
  const [instanceType = ""] = types;
  let instanceId: string | undefined;
  let instance: FoundInstance;
  try {
    bake.context.narrator.say(`Launching an instance of AMI ${image.id} to test it (${types.join(", ")})...`);
    const request = {
      use: "test instance",
      imageId: image.id,
      source,
      types,
      mappings: deletedWithInstance(image.mappings),
      network: route.network,
      publicAddress: route.access.publicAddress,
      key: launch.key,
      groups: launch.groups,
      profile: launch.profile,
      userData: launch.userData,
      terminateOnShutdown: true,
      tags,
      liveTags: {},
    };
    const launched = await launchInstance(bake, request, (id) => {
      instanceId = id;
    });
    instance = launched.instance;
  } catch (error) {
    const fault = launchFault(error);
    if (fault === undefined) throw error;
    return { instanceType, instanceId, results: [timer.failed("running", fault, [])] };
  }
  const results = [timer.passed("running"), ...(await useWhileChecked(tested, instance))];
  return { instanceType: instance.type || instanceType, instanceId, results };
}

/** Logs in and runs the tests while EC2 checks the instance: its checks take minutes. If they fail, the instance is of no more use. */
async function useWhileChecked(tested: TestedInstance, instance: FoundInstance): Promise<readonly TestResult[]> {
  const stop = new AbortController();
  const { bake } = tested;
  const signal = AbortSignal.any([bake.context.signal, stop.signal]);
  const both = { ...tested, bake: { ...bake, context: { ...bake.context, signal } } };
  const errors: unknown[] = [];
  const orStop = <T>(work: Promise<T>) =>
    work.catch((error: unknown) => {
      errors.push(error);
      stop.abort(error);
      return undefined;
    });
  const used: TestResult[] = [];
  const checking = checkStatus(both, instance.id).then((result) => {
    if (result.outcome === "failed") stop.abort(new StatusChecksFailed());
    return result;
  });
  const [status] = await Promise.all([orStop(checking), orStop(useInstance(both, instance, used))]);
  if (errors.length > 0 || status === undefined) throw errors[0];
  return [status, ...used];
}

/** Why a login or the tests were ended. */
class StatusChecksFailed extends Error {
  constructor() {
    super("the status checks failed");
    this.name = "StatusChecksFailed";
  }
}

async function checkStatus(tested: TestedInstance, id: string): Promise<TestResult> {
  const { bake, outer } = tested;
  const timer = startTimer(bake.session.clock);
  const failed = async (text: string) => timer.failed("status checks", text, await consoleOf(outer, id));
  try {
    const status = await waitForStatusChecks(inRegion(bake), id);
    if (status.outcome === "ok") return timer.passed("status checks");
    if (status.outcome === "impaired" && status.of === "instance") return await failed(status.text);
    if (status.outcome === "impaired") throw hostImpaired(bake, id, status.text);
    const reason = (await describeInstance(inRegion(bake), id))?.reason ?? "";
    if (isEndedByItself(reason)) return await failed(`the instance is ${status.state}: "${reason}"`);
    throw endedByOthers(bake, id, `${status.state}${reason === "" ? "" : `: "${reason}"`}`);
  } catch (error) {
    const timeout = timeoutOf(bake);
    if (timeout === undefined) throw error;
    return failed(timeout.message);
  }
}

/** Adds the result of the login to `results`, then those of the tests. With `communicator: none` there are none. */
async function useInstance(tested: TestedInstance, instance: FoundInstance, results: TestResult[]): Promise<void> {
  const { bake, launch } = tested;
  if (bake.options.communicator === "none") return;
  const timer = startTimer(bake.session.clock);
  try {
    const machine = await logIn(tested, instance);
    results.push(timer.passed("login"));
    results.push(...(await launch.tests.run(machine, instance.type, bake.context.signal)));
  } catch (error) {
    results.push(...(await resultOfError(tested, instance.id, { error, timer, isIn: results.length > 0 })));
  }
}

/** Connects like the build, as the user of the tests. The error is that of the connection: results have the diagnosis. */
async function logIn({ bake, launch }: TestedInstance, instance: FoundInstance): Promise<Machine> {
  const { key, groups, userData, route, image } = launch;
  const to = { ...groups, instance, key, source: image, access: route.access, userData };
  return connectToInstance(bake, to, async (_bake, _to, error) => error);
}

/** An error of the login or, after it (`isIn`), of the tests. */
interface UseError {
  readonly error: unknown;
  readonly timer: ResultMaker;
  readonly isIn: boolean;
}

/** Returns the result of an error that the image is at fault of. Throws another one. */
async function resultOfError(
  { bake, outer }: TestedInstance,
  id: string,
  { error, timer, isIn }: UseError,
): Promise<readonly TestResult[]> {
  const { signal } = bake.context;
  const reason = signal.aborted ? abortReason(signal) : undefined;
  if (reason instanceof StatusChecksFailed) return isIn ? [] : [timer.skipped("login", reason.message)];
  const timeout = timeoutOf(bake)?.message;
  if (isIn && timeout !== undefined) return [{ ...timer.failed("login", timeout, []), name: "tests" }];
  const fault = timeout ?? (isIn ? undefined : loginFault(error));
  if (fault === undefined) throw error;
  return [timer.failed("login", fault, await consoleOf(outer, id))];
}

/** Returns the last lines of the console without secrets, and prints them. */
async function consoleOf(bake: Bake, id: string): Promise<readonly string[]> {
  const { narrator } = bake.context;
  // Redacted as a whole: a secret of several lines could be cut.
  const lines = lastConsoleLines(narrator.secrets.redact(await readConsole(inRegion(bake), id)), CONSOLE_LINES);
  if (lines.length > 0) narrator.message(`Last lines of the console output of ${id}:`);
  for (const text of lines) narrator.emit({ type: "output", stream: "stderr", text });
  return lines;
}

function timedOut({ timeout }: ImageTestSettings): BakeError {
  return new BakeError(`The test did not end within ${formatDuration(timeout)} ("test-timeout")`, {
    code: "image-test-timeout",
  });
}

/** Returns the error of the timeout of the test if it ended the steps; undefined otherwise. */
function timeoutOf({ context: { signal } }: Bake): BakeError | undefined {
  const reason = signal.aborted ? abortReason(signal) : undefined;
  return reason instanceof BakeError && reason.code === "image-test-timeout" ? reason : undefined;
}

/** Returns the error for a host of EC2 that does not work: the image is not at fault. */
function hostImpaired({ session }: Bake, id: string, text: string): BakeError {
  return new BakeError(`${text} on the host of instance ${id}`, {
    code: "instance-impaired",
    resource: id,
    region: session.region,
    hint: "This check is about the hardware of AWS, not about the AMI.",
  });
}

function endedByOthers({ session }: Bake, id: string, state: string): BakeError {
  return new BakeError(`Instance ${id} of the test is ${state}`, {
    code: "instance-ended",
    resource: id,
    region: session.region,
    hint: "The AMI did not end the instance: search CloudTrail for the TerminateInstances or StopInstances call.",
  });
}
