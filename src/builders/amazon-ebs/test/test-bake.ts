import type { BlockDeviceMapping } from "../../../aws/instance.js";
import type { Narrator } from "../../../core/events.js";
import type { ImageTestSettings } from "../../../core/image-tests.js";
import type { Release } from "../../../core/parts.js";
import type { Bake } from "../bake.js";
import type { AmazonEbsOptions } from "../options/schema.js";

/**
 * Returns the options of the instances of a test. Those of the build stay where the account or a login may need them (network, tenancy,
 * metadata, communicator); what only the build's instance had is omitted: user data, profile, block devices, a reservation.
 * `keepsProfile`: the profile stays, because Session Manager needs one.
 */
export function testOptions(
  options: AmazonEbsOptions,
  settings: ImageTestSettings,
  keepsProfile: boolean,
): AmazonEbsOptions {
  const user = settings.sshUsername ?? options.ssh_username;
  const profile = keepsProfile
    ? {}
    : { iam_instance_profile: settings.instanceProfile, temporary_iam_instance_profile_policy_document: undefined };
  return {
    ...options,
    ...profile,
    ssh_username: user,
    // It is the password of the template's user.
    ssh_password: user === options.ssh_username ? options.ssh_password : undefined,
    // The key pair of the build may still exist.
    temporary_key_pair_name: undefined,
    user_data: undefined,
    user_data_file: settings.userData,
    ebs_optimized: false,
    enable_nitro_enclave: false,
    capacity_reservation_id: undefined,
    capacity_reservation_group_arn: undefined,
  };
}

/** Returns the mappings that delete with the instance what the image records to be kept: a test leaves no volume. */
export function deletedWithInstance(mappings: readonly BlockDeviceMapping[]): readonly BlockDeviceMapping[] {
  return mappings
    .filter(({ Ebs }) => Ebs?.DeleteOnTermination === false)
    .map(({ DeviceName }) => ({ DeviceName, Ebs: { DeleteOnTermination: true } }));
}

/** The bake of a test's steps, and what ends its connections. */
export interface TestBake extends Bake {
  /** Closes the connections and removes the temporary files of the steps. Never rejects. */
  close(): Promise<void>;
}

/** What the bake of a test has of its own. */
interface OwnParts {
  readonly options: AmazonEbsOptions;
  readonly signal: AbortSignal;
}

/**
 * Returns a bake for the steps of a test: with its options and signal, without the timer of `max-instance-minutes`, whose user data the
 * users of the image do not have. Its connections end with the test. The steps are reported as one, because those of several instances
 * overlap.
 */
export function testBake(bake: Bake, { options, signal }: OwnParts): TestBake {
  const { context } = bake;
  const releases = new Set<Release>();
  return {
    ...bake,
    options,
    context: {
      ...context,
      signal,
      narrator: withoutSteps(context.narrator),
      settings: { ...context.settings, deadManMinutes: undefined },
      releases: {
        defer(release) {
          releases.add(release);
          return () => void releases.delete(release);
        },
      },
    },
    async close() {
      for (const release of [...releases].reverse()) await release.run(context.signal).catch(() => undefined);
      releases.clear();
    },
  };
}

function withoutSteps(narrator: Narrator): Narrator {
  return {
    ...narrator,
    emit(data) {
      if (data.type !== "step-started" && data.type !== "step-ended") narrator.emit(data);
    },
  };
}
