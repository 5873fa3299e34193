import type { Artifact } from "../core/artifact.js";
import { messageOf } from "../core/errors.js";
import { type Narrator, narrator } from "../core/events.js";
import type { BuildData } from "../core/late.js";
import type { AccountReference, LedgerEntry } from "../core/ledger.js";
import type { PackageList } from "../core/packages.js";
import type { Machine, PartContext, Release, Releases } from "../core/parts.js";
import type { ReadyBuild } from "../plan/plan.js";
import type { BakeParts } from "./contract.js";
import type { ProvisionerSurroundings } from "./provision.js";

/** One build while it runs: what it is given, and what it has come to so far. */
export interface BuildRun {
  readonly build: ReadyBuild;
  readonly parts: BakeParts;
  readonly context: PartContext;
  readonly releases: ReleaseStack;
  /** What the provisioners run on, once the builder has it. */
  machine: Machine | undefined;
  /** Known once the builder has reached it. */
  account: AccountReference | undefined;
  /** The image once it cannot be lost any more. */
  kept: Artifact | undefined;
  /** What was installed when the provisioners were done. */
  packages: PackageList | undefined;
  /** What completes the images, last of all. */
  readonly completions: (() => Promise<void>)[];
}

/** Starts a build of which nothing exists yet. */
export function startBuild(build: ReadyBuild, parts: BakeParts): BuildRun {
  const { listeners, signal, settings, surroundings } = parts;
  const narrate = narrator(listeners, surroundings.clock.now, build.identity.name);
  return {
    build,
    parts,
    context: { identity: build.identity, narrator: narrate, signal, settings, surroundings, range: build.range },
    releases: releaseStack(narrate),
    machine: undefined,
    account: undefined,
    kept: undefined,
    packages: undefined,
    completions: [],
  };
}

/** A stack of releases that runs in reverse. */
export interface ReleaseStack extends Releases {
  /** Runs what is still registered, last first; a failure is a warning and the others go on. Runs each at most once. */
  unwind(signal: AbortSignal): Promise<void>;
}

/** Opens an empty stack. */
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

/** What the ledger holds open of the build. */
export function openEntries({ build, parts }: BuildRun): readonly LedgerEntry[] {
  return parts.ledger.entries().filter((entry) => entry.intent.build === build.identity.name && entry.state === "open");
}

/** Releases all that the build holds: connections and temporary files first, then what is in the ledger. */
export async function releaseAll(run: BuildRun): Promise<void> {
  const { parts, context, releases } = run;
  await releases.unwind(parts.releaseSignal);
  await parts.release(openEntries(run), context, parts.releaseSignal);
}

/** What the provisioners of the build are given in addition to their options. */
export function provisionerSurroundings(run: BuildRun): ProvisionerSurroundings {
  return { ...run.context, ledger: run.parts.ledger, childEnvironment: () => childEnvironment(run) };
}

/** Variables whose values a script's log must not show. */
const SECRET_VARIABLES = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/**
 * What scripts on the runner reach the build's account with, and the id of the run as manifests name it; secrets are masked first,
 * as a script may print its environment.
 */
export async function childEnvironment({
  account,
  context,
  parts,
}: BuildRun): Promise<Readonly<Record<string, string>>> {
  const environment = account ? await parts.childEnvironment(account) : {};
  for (const name of SECRET_VARIABLES) context.narrator.secret(environment[name] ?? "");
  return { ...environment, PACKER_RUN_UUID: parts.settings.runUuid };
}

/** The values of `build.X` and `{{build "X"}}`: those of the machine once there is one, before that the id of the run alone. */
export function buildData({ machine, parts }: BuildRun): BuildData {
  return { ...(machine ? { ...UNKNOWN, ...machine.data } : {}), PackerRunUUID: parts.settings.runUuid };
}

/** What they are where a builder has no such value (Packer §1.11, PopulateProvisionHookData). */
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
