import type { RequestedRetention } from "../core/retention.js";
import type { RunSettings } from "../core/settings.js";
import { defaultImageName, type TemplatePlace } from "./image-name.js";
import { placeTemplate } from "./template-place.js";

/**
 * The request of a bake, from the action or the command line. The values are parsed and checked; the template is not read yet. Paths
 * are as the user set them, relative to `workingDirectory`.
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
  /** The highest number of parallel builds; undefined is no limit. */
  readonly parallelBuilds: number | undefined;
  /** Where the template is in its repository. */
  readonly place: TemplatePlace;
  /** The image series: `{image}` in parameter names. Undefined is the default name of the template (`defaultImageName`). */
  readonly image: string | undefined;
  /** Name pattern of the parameter, e.g. `/images/{image}/latest`; undefined writes no parameter. */
  readonly ssmParameter: string | undefined;
  /** True if `ssmParameter` is the default. The build is added to the name if the template has several builds. */
  readonly ssmParameterByDefault?: true | undefined;
  /** Sets the parameter even if it names an AMI of another image series. */
  readonly overwriteParameter: boolean;
  /** Whether the packages of an image are listed before its instance is stopped. Needs a known package database. */
  readonly packages: PackageMode;
  /** Which older images are kept after a bake; undefined removes none. */
  readonly retention?: RequestedRetention | undefined;
}

/**
 * `auto` writes the list to files; `compare` also stores it below the parameter and compares it with the list of the previous image;
 * `off` runs no additional command on the instance.
 */
export type PackageMode = "auto" | "compare" | "off";

/** All values of `PackageMode`. */
export const PACKAGE_MODES: readonly PackageMode[] = ["auto", "compare", "off"];

/** The settings of the user; the others depend on the environment of the run. */
export type RequestedSettings = Omit<RunSettings, "runUuid" | "ownership" | "image" | "interactive">;

/** The default settings. */
export const DEFAULT_SETTINGS: RequestedSettings = {
  onError: "cleanup",
  force: false,
  debug: false,
  regions: [],
  defaultRegion: undefined,
  missingRegion: "fail",
  spotFallback: false,
  permissionsBoundary: undefined,
  access: "template",
  preflight: true,
  sshSourceCidrs: [],
  sshAcceptNewHostKeys: false,
  skipUnchanged: { enabled: false, maxAge: undefined },
  tests: undefined,
  resumeWithin: 24 * 3_600_000,
  deadManMinutes: undefined,
};

/** Returns the request of a command that only reads a template. */
export function readingRequest(workingDirectory: string, template: BakeRequest["template"]): BakeRequest {
  return {
    workingDirectory,
    template,
    place: placeTemplate(template.path, { workingDirectory, workspace: undefined, repository: undefined }),
    settings: DEFAULT_SETTINGS,
    parallelBuilds: undefined,
    image: undefined,
    ssmParameter: undefined,
    overwriteParameter: false,
    packages: "off",
  };
}

/** The default parameter of a bake on the local cloud. */
export const LOCAL_PARAMETER = "/images/{image}/latest";

/** The networks that can connect over SSH in the local cloud: only this host. */
const LOCAL_CIDRS: readonly string[] = ["127.0.0.0/8"];

/**
 * Returns the request of a bake on the local cloud, with a default parameter, unless a policy is enforced: that of the template does not
 * allow it. SSH is allowed from `networks`, or from this host if there are none.
 */
export function onLocalCloud(
  request: BakeRequest,
  networks: readonly string[] = [],
  policy: string | undefined = undefined,
): BakeRequest {
  const byDefault = request.ssmParameter === undefined && policy === undefined;
  return {
    ...request,
    ssmParameter: byDefault ? LOCAL_PARAMETER : request.ssmParameter,
    ssmParameterByDefault: byDefault || request.ssmParameterByDefault || undefined,
    settings: { ...request.settings, sshSourceCidrs: networks.length > 0 ? networks : LOCAL_CIDRS },
  };
}

/** Returns the image series, for reports, tags and `{image}` in parameter names: the name in the request, or that of the template. */
export function imageOf(request: BakeRequest): string {
  return request.image ?? defaultImageName(request.place);
}
