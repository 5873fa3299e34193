import type { RequestedRetention } from "../core/retention.js";
import type { RunSettings } from "../core/settings.js";
import { imageNameOf } from "../publish/parameter-name.js";

/**
 * What a face (the Action, the command line) asks to be baked: parsed and checked, the template itself not yet read.
 * Paths are as the user gave them and start from `workingDirectory`.
 */
export interface BakeRequest {
  /** Absolute. */
  readonly workingDirectory: string;
  readonly template: {
    readonly path: string;
    readonly variables: readonly { readonly name: string; readonly value: string }[];
    readonly variableFiles: readonly string[];
    readonly only: readonly string[];
    readonly except: readonly string[];
    readonly configType?: "json" | "hcl2" | undefined;
    readonly warnOnUndeclaredVariables?: boolean | undefined;
  };
  readonly settings: RequestedSettings;
  /** Builds at once; undefined is no limit. */
  readonly parallelBuilds: number | undefined;
  /** `{image}` of parameter names; undefined is the template's file name. */
  readonly image: string | undefined;
  /** Pattern of the parameter that names the latest image, e.g. `/images/{image}/latest`; undefined publishes none. */
  readonly ssmParameter: string | undefined;
  /** `ssmParameter` was not chosen by the user: it gets a level for the build where a template has several. */
  readonly ssmParameterByDefault?: true | undefined;
  /** Whether the packages of an image are listed before its machine is stopped, where it has a package database that is known. */
  readonly packages: PackageMode;
  /** Which older images stay after a bake; without it none is removed. */
  readonly retention?: RequestedRetention | undefined;
}

/**
 * `auto` lists them for the files alone; `compare` also keeps the list below the parameter and compares it with that of the image
 * before; `off` runs no command of ours on the machine beside the template's.
 */
export type PackageMode = "auto" | "compare" | "off";

/** Words of `PackageMode`. */
export const PACKAGE_MODES: readonly PackageMode[] = ["auto", "compare", "off"];

/** The settings a user can choose; the others come from where the run takes place. */
export type RequestedSettings = Omit<RunSettings, "runUuid" | "ownership" | "interactive">;

/** The settings where the user chose nothing. */
export const DEFAULT_SETTINGS: RequestedSettings = {
  onError: "cleanup",
  force: false,
  debug: false,
  regions: [],
  defaultRegion: undefined,
  missingRegion: "fail",
  spotFallback: false,
  sshSourceCidrs: [],
  skipUnchanged: { enabled: false, maxAge: undefined },
  deadManMinutes: undefined,
};

/** The request of a command that only reads a template: nothing is baked or published. */
export function readingRequest(workingDirectory: string, template: BakeRequest["template"]): BakeRequest {
  return {
    workingDirectory,
    template,
    settings: DEFAULT_SETTINGS,
    parallelBuilds: undefined,
    image: undefined,
    ssmParameter: undefined,
    packages: "off",
  };
}

/** Parameter that a bake on the local cloud writes where none is named. */
export const LOCAL_PARAMETER = "/images/{image}/latest";

/** Where SSH may come from in the local cloud: nothing leaves the machine. */
const LOCAL_CIDRS: readonly string[] = ["127.0.0.0/8"];

/**
 * The request for a bake on the local cloud: a parameter is written even where none is named. SSH may come from `networks`, or where
 * there are none from this machine alone.
 */
export function onLocalCloud(request: BakeRequest, networks: readonly string[] = []): BakeRequest {
  const byDefault = request.ssmParameter === undefined;
  return {
    ...request,
    ssmParameter: byDefault ? LOCAL_PARAMETER : request.ssmParameter,
    ssmParameterByDefault: byDefault || request.ssmParameterByDefault || undefined,
    settings: { ...request.settings, sshSourceCidrs: networks.length > 0 ? networks : LOCAL_CIDRS },
  };
}

/** What the image is called in reports and as `{image}` of parameter names: as asked, or from the template's path. */
export function imageOf(request: BakeRequest): string {
  return request.image ?? imageNameOf(request.template.path);
}
