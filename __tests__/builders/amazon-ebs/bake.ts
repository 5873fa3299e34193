import { releaseStack } from "../../../src/bake/build-run.js";
import { run } from "../../../src/builders/amazon-ebs/run.js";
import { releaseEntries } from "../../../src/cleanup/release.js";
import type { AmiArtifact, Artifact } from "../../../src/core/artifact.js";
import type { Clock } from "../../../src/core/clock.js";
import type { BakeEvent } from "../../../src/core/events.js";
import type { KnownFingerprint } from "../../../src/core/fingerprint.js";
import { type LedgerRecord, openLedger } from "../../../src/core/ledger.js";
import type { BuilderContext, ImageTests, Machine } from "../../../src/core/parts.js";
import type { RunSettings } from "../../../src/core/settings.js";
import type { Range } from "../../../src/core/source.js";
import type { Json } from "../../../src/options/collections.js";
import { impatient, type TestCloud } from "../../support/cloud.js";
import { partContext } from "../../support/context.js";
import { optionsOf } from "./options.js";

/** A source image that the local cloud has in every Region. */
export const SOURCE = {
  source_ami: "",
  source_ami_filter: {
    filters: { name: "ubuntu/images/*jammy-22.04-amd64*", "root-device-type": "ebs" },
    owners: ["099720109477"],
    most_recent: true,
  },
} as const;

/** Settings of a test's bake in addition to its options. */
export interface Circumstances {
  readonly settings?: Partial<RunSettings>;
  readonly fingerprint?: string;
  /** Values of the fingerprint in addition to its hash. */
  readonly known?: Partial<KnownFingerprint>;
  readonly signal?: AbortSignal;
  readonly provision?: (machine: Machine) => Promise<void>;
  readonly callerAddress?: () => Promise<string>;
  /** Default: from 10.0.0.7 to the host itself. */
  readonly routeTo?: BuilderContext["routeTo"];
  /** Variables in addition to those that point to the cloud. */
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory; default `/`. */
  readonly cwd?: string;
  /** Default `impatient`. */
  readonly clock?: Clock;
  /** Runs after the builder and before the images are completed, like post-processors and parameters. */
  readonly publish?: () => Promise<void>;
  /** The tests of the image. Their settings are those of the run. */
  readonly tests?: ImageTests;
  /** Whether open ledger entries are released at the end, as the engine and the post step do. */
  readonly release?: boolean;
}

/** A fingerprint that allows any name and tag. */
const KNOWN: Omit<KnownFingerprint, "hash"> = {
  known: true,
  parts: {},
  namePattern: "*",
  changingTags: [],
  record: {},
  changesSince: () => [],
};

/** The result of a bake. */
export interface Ended {
  readonly artifact: Artifact | undefined;
  readonly error: unknown;
  readonly events: readonly BakeEvent[];
  readonly records: readonly LedgerRecord[];
  readonly kept: readonly Artifact[];
}

/** Bakes against a cloud whose instances have no SSH, and releases what is left as the engine does. */
export async function bake(
  cloud: TestCloud,
  given: Readonly<Record<string, Json>>,
  circumstances: Circumstances = {},
): Promise<Ended> {
  const { tests } = circumstances;
  const part = partContext(circumstances.cwd ?? "/", { ...circumstances.settings, tests: tests?.settings });
  const records: LedgerRecord[] = [];
  const ledger = openLedger({ append: (record) => records.push(record) }, impatient.now);
  const releases = releaseStack(part.narrator);
  const kept: Artifact[] = [];
  const completions: (() => Promise<void>)[] = [];
  const companions: Promise<void>[] = [];
  const ended = new AbortController();
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
    untilEnd: (work) => void companions.push(work(ended.signal).catch(() => undefined)),
    tests,
    provision: circumstances.provision ?? (async () => undefined),
    checkParameters: async () => undefined,
    callerAddress: circumstances.callerAddress ?? (async () => "198.51.100.7"),
    routeTo: circumstances.routeTo ?? (async (remote) => ({ local: "10.0.0.7", remote })),
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
  ended.abort();
  await Promise.all(companions);
  if (circumstances.release !== false) {
    await releaseEntries(ledger.entries(), {
      ledger,
      narrator: part.narrator,
      now: () => impatient.now() + 60_000,
      signal,
      env: {},
      openSession: (account) => cloud.session(account.region),
    });
  }
  return { artifact, error, events: part.events, records, kept };
}

/** Returns a place whose file is the name of the option. */
export function placeOf(option: string): Range {
  return { file: option, start: { offset: 0, line: 1, column: 1 }, end: { offset: 0, line: 1, column: 1 } };
}

/** Returns the artifact of a bake. Throws its error when it failed. */
export function amis(ended: Ended): AmiArtifact {
  if (ended.error) throw ended.error;
  if (ended.artifact?.kind !== "ami") throw new Error("no AMI was made");
  return ended.artifact;
}

/** Returns `region/name` of every image of the account. */
export function heldImages(cloud: TestCloud): readonly string[] {
  return (cloud.endpoint().held().images ?? []).map((text) => text.replace(/\/ami-[0-9a-f]+:/, "/"));
}
