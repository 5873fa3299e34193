import type { Fingerprint } from "../../src/core/fingerprint.js";
import { prepare } from "../../src/engine/prepare.js";
import { type BakeRequest, DEFAULT_SETTINGS } from "../../src/engine/request.js";
import { fingerprints } from "../../src/fingerprint/fingerprint.js";
import { partContext } from "../support/context.js";

/** What a fingerprint is taken of, beside the files of its folder. */
export interface Taking {
  /** `web.json` unless said. */
  readonly template?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly variableFiles?: readonly string[];
  /** Id of the source AMI. */
  readonly source?: string;
  readonly startedAt?: Date;
}

/** Takes the fingerprint of the first build of a template in a folder. Throws what is wrong with the template. */
export async function fingerprintIn(folder: string, more: Taking = {}): Promise<Fingerprint> {
  const { surroundings, settings, signal } = partContext(folder);
  const setting = {
    env: {},
    interruption: { signal, releaseSignal: signal, stop: () => undefined },
    startedAt: more.startedAt ?? new Date(),
    webIdentity: undefined,
  };
  const variables = Object.entries(more.variables ?? {}).map(([name, value]) => ({ name, value }));
  const path = more.template ?? "web.json";
  const request: BakeRequest = {
    workingDirectory: folder,
    template: { path, variables, variableFiles: more.variableFiles ?? [], only: [], except: [] },
    settings: DEFAULT_SETTINGS,
    parallelBuilds: undefined,
    image: undefined,
    ssmParameter: undefined,
    packages: "off",
  };
  const { plan, diagnostics } = await prepare(request, { purpose: "build", mask: () => undefined }, setting);
  const build = plan?.builds[0];
  if (!plan || build?.state !== "ready") throw new Error(JSON.stringify(diagnostics));
  return fingerprints(plan, { settings, surroundings })(build, {
    sourceImageId: more.source ?? "ami-0123456789abcdef0",
  });
}

/** The hash of a fingerprint that can be taken. */
export async function hashIn(folder: string, more: Taking = {}): Promise<string> {
  const fingerprint = await fingerprintIn(folder, more);
  if (!fingerprint.known) throw new Error(fingerprint.why);
  return fingerprint.hash;
}
