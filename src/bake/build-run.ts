import type { Artifact } from "../core/artifact.js";
import { withPrefix } from "../core/debug.js";
import { messageOf } from "../core/errors.js";
import { type Narrator, narrator } from "../core/events.js";
import type { BuildData } from "../core/late.js";
import { type AccountReference, isResource, type LedgerEntry } from "../core/ledger.js";
import type { PackageList } from "../core/packages.js";
import type { Machine, PartContext, Release, Releases } from "../core/parts.js";
import type { Environment } from "../core/surroundings.js";
import type { ReadyBuild } from "../plan/plan.js";
import type { BakeParts } from "./contract.js";
import type { ProvisionerSurroundings } from "./provision.js";

/** A running build: its inputs, and its state. */
export interface BuildRun {
  readonly build: ReadyBuild;
  readonly parts: BakeParts;
  readonly context: PartContext;
  readonly releases: ReleaseStack;
  /** The machine for the provisioners; undefined until the builder has started it. */
  machine: Machine | undefined;
  /** Undefined until the builder has connected to it. */
  account: AccountReference | undefined;
  /** The image; undefined until it is available. */
  kept: Artifact | undefined;
  /** The images that the parameters named before the bake, by Region. */
  parametersBefore: ReadonlyMap<string, string>;
  /** The installed packages after the provisioners ran. */
  packages: PackageList | undefined;
  /** The steps that run last, to complete the images. */
  readonly completions: (() => Promise<void>)[];
  /** Work that lasts until the end of the build. */
  readonly companions: Promise<void>[];
  /** Aborted at the end of the build. */
  readonly ended: AbortController;
}

/** Returns the initial state of a build. */
export function startBuild(build: ReadyBuild, parts: BakeParts): BuildRun {
  const { listeners, signal, settings, secrets } = parts;
  const { name } = build.identity;
  const surroundings = { ...parts.surroundings, debug: withPrefix(parts.surroundings.debug, `${name}: `) };
  const narrate = narrator(listeners, surroundings.clock.now, name, secrets);
  return {
    build,
    parts,
    context: { identity: build.identity, narrator: narrate, signal, settings, surroundings, range: build.range },
    releases: releaseStack(narrate),
    machine: undefined,
    account: undefined,
    kept: undefined,
    parametersBefore: new Map(),
    packages: undefined,
    completions: [],
    companions: [],
    ended: new AbortController(),
  };
}

/** A stack of releases that runs in reverse order. */
export interface ReleaseStack extends Releases {
  /** Runs the registered releases, last first, each at most once. A failed release is a warning; the others still run. */
  unwind(signal: AbortSignal): Promise<void>;
}

/** Returns an empty stack. */
export function releaseStack(narrate: Narrator): ReleaseStack {
  const registered = new Set<Release>();
  return {
    defer(release) {
      registered.add(release);
      return () => {
        registered.delete(release);
      };
    },
    async unwind(signal) {
      for (const release of [...registered].reverse()) {
        registered.delete(release);
        try {
          await release.run(signal);
        } catch (error) {
          narrate.warn({ code: "release-failed", summary: `${release.name}: ${messageOf(error)}` });
        }
      }
    },
  };
}

/** Returns the open ledger entries of the build, without the leases of images: these last until the end of the build. */
export function openEntries(run: BuildRun): readonly LedgerEntry[] {
  return entriesOf(run).filter(isResource);
}

function entriesOf({ build, parts }: BuildRun): readonly LedgerEntry[] {
  return parts.ledger.entries().filter((entry) => entry.intent.build === build.identity.name && entry.state === "open");
}

/** Ends what lasts until the end of the build: its companions, then the leases of the images that are still unfinished. Never rejects. */
export async function endBuild(run: BuildRun): Promise<void> {
  run.ended.abort();
  await Promise.allSettled(run.companions);
  const leases = entriesOf(run).filter((entry) => !isResource(entry));
  if (leases.length > 0) await run.parts.release(leases, run.context, run.parts.releaseSignal);
}

/** Releases all resources of the build: connections and temporary files first, then the resources in the ledger. */
export async function releaseAll(run: BuildRun): Promise<void> {
  const { parts, context, releases } = run;
  await releases.unwind(parts.releaseSignal);
  await parts.release(openEntries(run), context, parts.releaseSignal);
}

/** Returns the context of the build's provisioners. */
export function provisionerSurroundings(run: BuildRun): ProvisionerSurroundings {
  return { ...run.context, ledger: run.parts.ledger, childEnvironment: () => childEnvironment(run) };
}

/** Variables of credentials whose values must not appear in logs, also by the older names that scripts and Ansible read. */
const SECRET_VARIABLES = [
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_SECRET_KEY",
  "AWS_SECURITY_TOKEN",
  "EC2_SECRET_KEY",
  "EC2_SECURITY_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
];

/**
 * Returns the environment of scripts on the runner, in addition to that of the run: the credentials of the build's account, and the run's
 * UUID. Secrets of both are masked first, because a script may print its environment: builders without an account have them too.
 */
export async function childEnvironment({ account, context, parts }: BuildRun): Promise<Environment> {
  const environment = account ? await parts.childEnvironment(account) : {};
  const { env } = context.surroundings;
  const secrets = SECRET_VARIABLES.flatMap((name) => [environment[name] || [], env[name] || []].flat());
  for (const secret of new Set(secrets)) context.narrator.secret(secret);
  return { ...environment, PACKER_RUN_UUID: parts.settings.runUuid };
}

/** Returns the values of `build.X` and `{{build "X"}}`: those of the machine once it exists, and the run's UUID. */
export function buildData({ machine, parts }: BuildRun): BuildData {
  return { ...(machine ? { ...UNKNOWN, ...machine.data } : {}), PackerRunUUID: parts.settings.runUuid };
}

/** Values for keys that a builder does not provide (Packer §1.11, PopulateProvisionHookData). */
const UNKNOWN: BuildData = {
  ID: "ERR_ID_NOT_IMPLEMENTED_BY_BUILDER",
  Host: "",
  Port: "0",
  User: "",
  Password: "",
  ConnType: "",
  SSHPublicKey: "",
  SSHPrivateKey: "",
  SSHPrivateKeyFile: "",
  SSHAgentAuth: "false",
  WinRMPassword: "",
  PackerHTTPIP: "ERR_HTTP_IP_NOT_IMPLEMENTED_BY_BUILDER",
  PackerHTTPPort: "ERR_HTTP_PORT_NOT_IMPLEMENTED_BY_BUILDER",
  PackerHTTPAddr: "ERR_HTTP_ADDR_NOT_IMPLEMENTED_BY_BUILDER",
};
