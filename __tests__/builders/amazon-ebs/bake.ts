import { releaseStack } from "../../../src/bake/build-run.js";
import { run } from "../../../src/builders/amazon-ebs/run.js";
import { releaseEntries } from "../../../src/cleanup/release.js";
import type { AmiArtifact, Artifact } from "../../../src/core/artifact.js";
import type { Clock } from "../../../src/core/clock.js";
import type { BakeEvent } from "../../../src/core/events.js";
import type { KnownFingerprint } from "../../../src/core/fingerprint.js";
import { type LedgerRecord, openLedger } from "../../../src/core/ledger.js";
import type { BuilderContext, Machine } from "../../../src/core/parts.js";
import type { RunSettings } from "../../../src/core/settings.js";
import type { Range } from "../../../src/core/source.js";
import type { Json } from "../../../src/options/collections.js";
import { impatient, type TestCloud } from "../../support/cloud.js";
import { partContext } from "../../support/context.js";
import { optionsOf } from "./options.js";

/** A source image that the local cloud has in every region. */
export const SOURCE = {
  source_ami: "",
  source_ami_filter: {
    filters: { name: "ubuntu/images/*jammy-22.04-amd64*", "root-device-type": "ebs" },
    owners: ["099720109477"],
    most_recent: true,
  },
} as const;

/** What a bake of a test is given beside its options. */
export interface Circumstances {
  readonly settings?: Partial<RunSettings>;
  readonly fingerprint?: string;
  /** What a fingerprint says beside its hash. */
  readonly known?: Partial<KnownFingerprint>;
  readonly signal?: AbortSignal;
  readonly provision?: (machine: Machine) => Promise<void>;
  readonly callerAddress?: () => Promise<string>;
  /** Beside what reaches the cloud. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where relative paths start; `/` unless said. */
  readonly cwd?: string;
  /** `impatient` unless said. */
  readonly clock?: Clock;
  /** What follows the builder before the images are completed: post-processors, parameters. */
  readonly publish?: () => Promise<void>;
  /** Whether what the ledger holds is released at the end, as the engine and post do. */
  readonly release?: boolean;
}

/** A fingerprint whose names and tags may be any. */
const KNOWN: Omit<KnownFingerprint, "hash"> = {
  known: true,
  parts: {},
  namePattern: "*",
  changingTags: [],
  record: {},
  changesSince: () => [],
};

/** How a bake ended. */
export interface Ended {
  readonly artifact: Artifact | undefined;
  readonly error: unknown;
  readonly events: readonly BakeEvent[];
  readonly records: readonly LedgerRecord[];
  readonly kept: readonly Artifact[];
}

/** Bakes against a cloud without machines, so without SSH, and releases what is left as the engine does. */
export async function bake(
  cloud: TestCloud,
  given: Readonly<Record<string, Json>>,
  circumstances: Circumstances = {},
): Promise<Ended> {
  const part = partContext(circumstances.cwd ?? "/", circumstances.settings);
  const records: LedgerRecord[] = [];
  const ledger = openLedger({ append: (record) => records.push(record) }, impatient.now);
  const releases = releaseStack(part.narrator);
  const kept: Artifact[] = [];
  const completions: (() => Promise<void>)[] = [];
  const { fingerprint, known: more } = circumstances;
  const context: BuilderContext = {
    ...part,
    signal: circumstances.signal ?? part.signal,
    surroundings: {
      ...part.surroundings,
      clock: circumstances.clock ?? impatient,
      env: { ...cloud.env(), ...circumstances.env },
    },
    ledger,
    releases,
    needsMachine: false,
    place: placeOf,
    useAccount: () => undefined,
    keepImage: (artifact) => kept.push(artifact),
    afterPublish: (complete) => completions.push(complete),
    provision: circumstances.provision ?? (async () => undefined),
    callerAddress: circumstances.callerAddress ?? (async () => "198.51.100.7"),
    fingerprint: async () =>
      fingerprint === undefined
        ? { known: false, why: "not asked", namePattern: undefined }
        : { ...KNOWN, hash: fingerprint, ...more },
  };
  const options = optionsOf({ ...SOURCE, communicator: "none", ...given });
  let artifact: Artifact | undefined;
  let error: unknown;
  try {
    artifact = await run(options, context);
    await circumstances.publish?.();
    for (const complete of completions) await complete();
  } catch (thrown) {
    error = thrown;
  }
  const signal = new AbortController().signal;
  await releases.unwind(signal);
  if (circumstances.release !== false) {
    await releaseEntries(ledger.entries(), {
      ledger,
      narrator: part.narrator,
      now: () => Date.now() + 60_000,
      signal,
      env: {},
      openSession: (account) => cloud.session(account.region),
    });
  }
  return { artifact, error, events: part.events, records, kept };
}

/** A place of each option, told apart by its file. */
export function placeOf(option: string): Range {
  return { file: option, start: { offset: 0, line: 1, column: 1 }, end: { offset: 0, line: 1, column: 1 } };
}

/** The AMIs of a bake that succeeded; throws its error otherwise. */
export function amis(ended: Ended): AmiArtifact {
  if (ended.error) throw ended.error;
  if (ended.artifact?.kind !== "ami") throw new Error("no AMI was made");
  return ended.artifact;
}

/** `region/name` of every image that the account holds. */
export function heldImages(cloud: TestCloud): readonly string[] {
  return (cloud.endpoint().held().images ?? []).map((text) => text.replace(/\/ami-[0-9a-f]+:/, "/"));
}
