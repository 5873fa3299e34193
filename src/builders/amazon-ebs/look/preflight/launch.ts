import type { CallScope } from "../../../../aws/client/session.js";
import { type DryRunResult, dryRunLaunch } from "../../../../aws/dry-run.js";
import type { FoundImage } from "../../../../aws/image.js";
import type { LaunchInput } from "../../../../aws/instance.js";
import type { ResourceTags } from "../../../../aws/tags.js";
import type { Diagnostic } from "../../../../core/diagnostics.js";
import type { BakeReading } from "../../bake.js";
import { launchMappings } from "../../machine/block-devices.js";
import { firstPlace, launchInput } from "../../machine/launch-input.js";
import { deadManMinutes } from "../../machine/user-data.js";
import { isSpot } from "../../options/spot.js";
import type { RenderedTags } from "../../tags.js";
import type { LaunchFacts } from "./facts.js";
import { type CheckedCall, problemOf } from "./problems.js";

/** A launch to check. */
export interface CheckedLaunch {
  readonly source: FoundImage;
  readonly tags: RenderedTags;
  readonly marks: ResourceTags;
  readonly facts: LaunchFacts;
}

/** A launch has no more parameters than these that can be refused one after the other. */
const MOST_ROUNDS = 8;

/**
 * Checks the launch at the first place with its real parameters. EC2 reports one problem at a time, so what it refuses is left out and the
 * launch is checked again until EC2 has nothing more to refuse. A launch without problems is one call.
 */
export async function checkLaunch(
  bake: BakeReading,
  scope: CallScope,
  launch: CheckedLaunch,
): Promise<readonly Diagnostic[]> {
  const call: CheckedCall = {
    action: "ec2:RunInstances",
    region: scope.region,
    tagOptions: ["run_tags", "run_tag", "run_volume_tags", "run_volume_tag", "spot_tags", "spot_tag"],
    // The key pair and the group that the bake creates are left out, and EC2 takes the default group of the VPC.
    standIns: launch.facts.groupIds === undefined ? /:security-group\// : undefined,
    isNeeded: true,
  };
  const problems: Diagnostic[] = [];
  let input: LaunchInput | undefined = firstInput(bake, launch);
  for (let round = 0; input !== undefined && round < MOST_ROUNDS; round++) {
    const result = await dryRunLaunch(scope, input);
    const problem = problemOf(bake, result, call);
    if (problem) problems.push(problem);
    input = typeof result === "string" ? undefined : withoutRefused(input, result, launch.source);
  }
  return problems;
}

function firstInput(bake: BakeReading, { source, tags, marks, facts }: CheckedLaunch): LaunchInput {
  const { options } = bake;
  const parts = {
    imageId: source.id,
    source,
    mappings: launchMappings(options),
    keyName: options.ssh_keypair_name || undefined,
    groupIds: facts.groupIds ?? [],
    publicAddress: facts.publicAddress,
    profileName: options.iam_instance_profile || undefined,
    userData: facts.userData,
    terminateOnShutdown: deadManMinutes(bake, source) !== undefined,
    tags,
    liveTags: {},
  };
  return launchInput(options, parts, firstPlace(options, facts.network, isSpot(options)), marks);
}

/** What EC2 refused, and the launch without it. */
interface Part {
  readonly code?: RegExp;
  readonly message?: RegExp;
  without(input: LaunchInput, source: FoundImage): LaunchInput;
}

/** Types that every account can launch, by architecture: they stand in for a type that EC2 refuses. */
const USUAL_TYPES: Readonly<Record<string, LaunchInput["InstanceType"]>> = { arm64: "t4g.small", x86_64: "t3.small" };

const withoutNetwork = (input: LaunchInput): LaunchInput => ({
  ...input,
  SubnetId: undefined,
  SecurityGroupIds: undefined,
  NetworkInterfaces: undefined,
});

const PARTS: readonly Part[] = [
  { code: /^InvalidKeyPair/, without: (input) => ({ ...input, KeyName: undefined }) },
  { code: /^InvalidGroup/, without: withoutGroups },
  { code: /^InvalidSubnet|^InvalidVpc/i, without: withoutNetwork },
  { message: /instance ?profile|iam:PassRole/i, without: (input) => ({ ...input, IamInstanceProfile: undefined }) },
  {
    message: /instance ?type/i,
    without: (input, { architecture }) => ({
      ...input,
      InstanceType: USUAL_TYPES[architecture],
      CreditSpecification: undefined,
      EnclaveOptions: undefined,
    }),
  },
  { message: /availability ?zone/i, without: (input) => ({ ...input, Placement: undefined }) },
  { code: /^TagPolicy|^InvalidTag|^TagLimit/, without: withoutTags },
  { message: /\bec2:CreateTags\b/, without: withoutTags },
  { code: /^InvalidSnapshot|^InvalidBlockDevice|^InvalidVolume/, without: withoutDevices },
  { message: /user data/i, without: (input) => ({ ...input, UserData: undefined }) },
  {
    code: /^InvalidCapacityReservation/,
    without: (input) => ({ ...input, CapacityReservationSpecification: undefined }),
  },
];

function withoutGroups(input: LaunchInput): LaunchInput {
  const cards = input.NetworkInterfaces?.map((card) => ({ ...card, Groups: undefined }));
  return { ...input, SecurityGroupIds: undefined, NetworkInterfaces: cards };
}

function withoutTags(input: LaunchInput): LaunchInput {
  return { ...input, TagSpecifications: undefined };
}

function withoutDevices(input: LaunchInput): LaunchInput {
  return { ...input, BlockDeviceMappings: undefined };
}

/** Returns the launch without what EC2 refused; undefined if that is not known, or it was left out already. */
function withoutRefused(
  input: LaunchInput,
  { awsCode, awsMessage }: Exclude<DryRunResult, string>,
  source: FoundImage,
): LaunchInput | undefined {
  const part = PARTS.find((each) => (each.code?.test(awsCode) ?? true) && (each.message?.test(awsMessage) ?? true));
  const rest = part?.without(input, source);
  return rest !== undefined && JSON.stringify(rest) !== JSON.stringify(input) ? rest : undefined;
}
