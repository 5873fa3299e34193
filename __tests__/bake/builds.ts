import type { BakeParts } from "../../src/bake/contract.js";
import type { AmiArtifact, Artifact } from "../../src/core/artifact.js";
import type { Communicator } from "../../src/core/communicator.js";
import type { BakeEvent } from "../../src/core/events.js";
import type { BuildFacts } from "../../src/core/facts.js";
import { type LedgerRecord, openLedger } from "../../src/core/ledger.js";
import type { Machine, RunBuilder, RunPostProcessor, RunProvisioner } from "../../src/core/parts.js";
import { redactor } from "../../src/core/secrets/redactor.js";
import type { RunSettings } from "../../src/core/settings.js";
import type { BakePlan, PostProcessorPlan, ProvisionerPlan, ReadyBuild } from "../../src/plan/plan.js";
import { partContext } from "../support/context.js";

export const range = {
  file: "web.json",
  start: { offset: 0, line: 1, column: 1 },
  end: { offset: 1, line: 1, column: 2 },
};
const facts: BuildFacts = { communicator: "ssh", images: { name: "web", regions: [], copiesRange: range, tags: [] } };
const onMachine = {
  runsOn: "machine",
  needsMachine: true,
  needsUnix: false,
  changesImage: true,
  subject: () => undefined,
} as const;
const schema = { fields: {}, renamed: {}, check: undefined };

export const ami: AmiArtifact = {
  kind: "ami",
  builderId: "mitchellh.amazonebs",
  buildRegion: "us-west-1",
  imageName: "web",
  account: { region: "us-west-1" },
  images: [{ region: "us-west-1", imageId: "ami-1", snapshotIds: [] }],
  missing: [],
  source: {
    imageId: "ami-0",
    name: "base",
    createdAt: "",
    owner: "",
    ownerAlias: "",
    architecture: "x86_64",
    tags: {},
  },
  hasEarlier: undefined,
  fingerprint: undefined,
  namePattern: undefined,
  skip: undefined,
};
export const files = (name: string): Artifact => ({
  kind: "files",
  builderId: "x",
  id: undefined,
  files: [name],
  text: name,
});

export function provisioner(run: RunProvisioner<unknown>, more: Partial<ProvisionerPlan> = {}): ProvisionerPlan {
  return {
    kind: { part: "provisioner", type: "shell", schema, facts: onMachine, load: async () => ({ run }) },
    range,
    pauseBefore: undefined,
    timeout: undefined,
    maxRetries: 0,
    continueOnError: false,
    prepare: () => ({ ok: true, options: {}, warnings: [], secrets: [] }),
    ...more,
  };
}

export function postProcessor(run: RunPostProcessor<unknown>, keepInputArtifact?: boolean): PostProcessorPlan {
  return {
    kind: { part: "post-processor", type: "pp", schema, load: async () => ({ run }) },
    name: "pp",
    range,
    keepInputArtifact,
    prepare: () => ({ ok: true, options: {}, warnings: [], secrets: [] }),
  };
}

export function ready(name: string, run: RunBuilder<unknown>, more: Partial<ReadyBuild> = {}): ReadyBuild {
  return {
    state: "ready",
    identity: { name, shortName: name, sourceName: name, builderType: "test" },
    makesImages: true,
    kind: {
      part: "builder",
      type: "test",
      schema,
      generatedData: [],
      makesImages: true,
      facts: () => facts,
      load: async () => ({ run }),
      loadPreview: undefined,
    },
    facts,
    options: {},
    range,
    place: () => range,
    provisioners: [],
    errorCleanup: undefined,
    postProcessors: [],
    ...more,
  };
}

const communicator = { type: "none" } as Communicator;
export const machine = (reachable = true): Machine => ({
  communicator,
  data: { ID: "i-1" },
  reachable: () => reachable,
  reconnect: undefined,
});
export const provisioning: RunBuilder<unknown> = async (_options, context) => {
  await context.provision(machine());
  return ami;
};

export function setUp(
  builds: readonly ReadyBuild[],
  more: Partial<BakeParts> = {},
  settings: Partial<RunSettings> = {},
) {
  const context = partContext("/", settings);
  const events: BakeEvent[] = [];
  const records: LedgerRecord[] = [];
  const released: string[] = [];
  const destroyed: Artifact[] = [];
  const ledger = openLedger({ append: (record) => records.push(record) }, Date.now);
  const parts: BakeParts = {
    settings: context.settings,
    surroundings: context.surroundings,
    listeners: [(event) => events.push(event)],
    secrets: redactor(),
    ledger,
    signal: new AbortController().signal,
    releaseSignal: new AbortController().signal,
    parallelBuilds: undefined,
    release: async (entries) => {
      for (const entry of entries) released.push(entry.intent.key);
    },
    childEnvironment: async () => ({}),
    fingerprint: async () => ({ known: false, why: "test", namePattern: undefined }),
    callerAddress: async () => "192.0.2.1",
    routeTo: async () => undefined,
    publish: undefined,
    tests: () => undefined,
    inventory: undefined,
    retain: undefined,
    destroy: async (artifact) => void destroyed.push(artifact),
    ...more,
  };
  const plan: BakePlan = {
    language: "json",
    path: "web.json",
    root: "/",
    builds,
    secrets: [],
    sources: [],
    variables: [],
    planAgain: async () => undefined,
  };
  return { plan, parts, events, records, released, destroyed, ledger };
}

export const intend =
  (name: string): RunBuilder<unknown> =>
  async (_options, context) => {
    context.ledger.intend({ key: `${name}/instance`, kind: "instance", build: context.identity.name });
    throw new Error("it broke");
  };
