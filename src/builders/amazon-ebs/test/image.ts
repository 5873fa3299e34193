import type { FoundImage } from "../../../aws/image.js";
import { allEnded } from "../../../core/all-ended.js";
import type { ImageTestReport, InstanceTests } from "../../../core/image-tests.js";
import type { ImageTests } from "../../../core/parts.js";
import { formatDuration } from "../../../core/text.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import type { InstanceRoute } from "../look/route.js";
import { prepareProfile } from "../machine/instance-profile.js";
import { prepareKey } from "../machine/key-pair.js";
import { typesOfBuild } from "../machine/launch.js";
import { releaseInstance } from "../machine/release.js";
import { prepareSecurityGroups } from "../machine/security-group.js";
import { encodeUserData } from "../machine/user-data.js";
import { ownPasswordKey } from "../machine/windows-password.js";
import type { PlannedBake } from "../plan.js";
import { type TestLaunch, testInstance } from "./instance.js";
import { testBake, testOptions } from "./test-bake.js";

/** The image to test, and what its instances need. */
export interface ImageUnderTest {
  readonly plan: PlannedBake;
  readonly image: FoundImage;
  readonly tests: ImageTests;
  readonly testsHash: string;
  readonly route: () => Promise<InstanceRoute>;
  /** Resolves when the instance of the build is released, with what was created for it. */
  readonly released: Promise<void>;
}

/**
 * Tests the image on one instance of each type, in parallel, and releases what was created for that. The instances have no key pair, user
 * data and profile of the build, like those of the users of the image. Returns the report, also of tests that failed. Throws when the image
 * could not be tested: no result is known then. `signal` ends the tests; what was created is released all the same, unless the bake is cancelled.
 */
export async function testImage(bake: Bake, under: ImageUnderTest, signal: AbortSignal): Promise<ImageTestReport> {
  const { context, session } = bake;
  const { image, testsHash } = under;
  return runBuilderStep(context, "test", `Testing ${image.id}`, async () => {
    const began = session.clock.now();
    context.narrator.say(`Testing AMI ${image.id}...`);
    try {
      const instances = await testOnTypes(bake, under, signal);
      const isPassed = instances.every(({ results }) => results.length > 0 && results.every(isNotFailed));
      const took = formatDuration(session.clock.now() - began);
      context.narrator.say(`Tests of AMI ${image.id} ${isPassed ? "passed" : "failed"} after ${took}`);
      const outcome = isPassed ? "passed" : "failed";
      return { region: session.region, imageId: image.id, outcome, testsHash, instances, earlier: undefined };
    } finally {
      await under.released;
      if (!context.signal.aborted) await releaseInstance(bake);
    }
  });
}

const isNotFailed = ({ outcome }: InstanceTests["results"][number]) => outcome !== "failed";

/** Returns the types of each instance: one of each type that is set, else one of the types of the build. */
function typesOf(bake: Bake, { settings }: ImageTests): readonly (readonly string[])[] {
  return settings.instanceTypes.length > 0 ? settings.instanceTypes.map((type) => [type]) : [typesOfBuild(bake)];
}

async function testOnTypes(bake: Bake, under: ImageUnderTest, ended: AbortSignal): Promise<readonly InstanceTests[]> {
  const { context } = bake;
  const route = await under.route();
  // An instance that cannot be tested ends the tests of the others.
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, ended, stop.signal]);
  const profileOfBuild = route.access.kind === "session_manager" && under.tests.settings.instanceProfile === undefined;
  if (profileOfBuild) context.narrator.message("The instance has the profile of the build: Session Manager needs one");
  const options = testOptions(bake.options, under.tests.settings, profileOfBuild);
  const own = testBake(bake, { options, signal });
  try {
    const launch = await prepareLaunch(own, under, route);
    const errors: unknown[] = [];
    const tested = await Promise.all(
      typesOf(bake, under.tests).map((each) =>
        testInstance(own, launch, each).catch((error: unknown) => {
          errors.push(error);
          stop.abort(error);
          return undefined;
        }),
      ),
    );
    if (errors.length > 0) throw errors[0];
    return tested.filter((each) => each !== undefined);
  } finally {
    await own.close();
  }
}

/** Creates what a login to the instances needs: without a communicator, nothing. */
async function prepareLaunch(bake: Bake, under: ImageUnderTest, route: InstanceRoute): Promise<TestLaunch> {
  const { options, context } = bake;
  const { plan, image, tests } = under;
  const { tags } = plan.metadata;
  const { source } = plan;
  const hasLogin = options.communicator !== "none";
  const [userData, passwordKey] = await allEnded([encodeUserData(bake, source), ownPasswordKey(bake)]);
  const [key, groups, profile] = await allEnded([
    prepareKey(bake, source, tags.run, passwordKey),
    hasLogin ? prepareSecurityGroups(bake, route, tags.run) : NO_GROUPS,
    tests.settings.instanceProfile === undefined
      ? prepareProfile(bake, tags.run)
      : Promise.resolve({ name: tests.settings.instanceProfile, temporary: false }),
  ]);
  context.surroundings.debug(() => `Testing ${image.id} in ${inRegion(bake).region}, key ${key.keyName ?? "none"}`);
  return { image, source, route, key, groups, profile, userData, tags, tests };
}

const NO_GROUPS = Promise.resolve({ ids: [], temporary: false, followCaller: undefined, admitRoute: undefined });
