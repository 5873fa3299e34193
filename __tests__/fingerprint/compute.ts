import { noDebug } from "../../src/core/debug.js";
import type { Fingerprint } from "../../src/core/fingerprint.js";
import { prepare } from "../../src/engine/prepare.js";
import { type BakeRequest, DEFAULT_SETTINGS } from "../../src/engine/request.js";
import { fingerprints } from "../../src/fingerprint/fingerprint.js";
import { partContext } from "../support/context.js";

/** Inputs of a fingerprint in addition to the files in its directory. */
export interface FingerprintSources {
  /** Default `web.json`. */
  readonly template?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly variableFiles?: readonly string[];
  /** ID of the source AMI. */
  readonly source?: string;
  readonly startedAt?: Date;
}

/** Computes the fingerprint of the first build of a template in a directory. Throws when the template has errors. */
export async function fingerprintIn(folder: string, more: FingerprintSources = {}): Promise<Fingerprint> {
  const { surroundings, settings, signal } = partContext(folder);
  const setting = {
    env: {},
    interruption: { signal, releaseSignal: signal, stop: () => undefined },
    startedAt: more.startedAt ?? new Date(),
    debug: noDebug,
    webIdentity: undefined,
  };
  const variables = Object.entries(more.variables ?? {}).map(([name, value]) => ({ name, value }));
  const path = more.template ?? "web.json";
  const request: BakeRequest = {
    workingDirectory: folder,
    template: { path, variables, variableFiles: more.variableFiles ?? [], only: [], except: [] },
    settings: DEFAULT_SETTINGS,
    parallelBuilds: undefined,
    place: { path: "web.json", repository: "images", root: "/nowhere" },
    image: undefined,
    ssmParameter: undefined,
    overwriteParameter: false,
    packages: "off",
  };
  const { plan, diagnostics } = await prepare(request, { purpose: "build", mask: () => undefined }, setting);
  const build = plan?.builds[0];
  if (!plan || build?.state !== "ready") throw new Error(JSON.stringify(diagnostics));
  return fingerprints(plan, { settings, surroundings })(build, {
    sourceImageId: more.source ?? "ami-0123456789abcdef0",
  });
}

/** Returns the hash of a fingerprint. Throws when there is none. */
export async function hashIn(folder: string, more: FingerprintSources = {}): Promise<string> {
  const fingerprint = await fingerprintIn(folder, more);
  if (!fingerprint.known) throw new Error(fingerprint.why);
  return fingerprint.hash;
}
