import { CIDRS_VARIABLE, parseCidr, splitList } from "../../core/request-values.js";
import type { JobCheckout } from "../api.js";
import { type BakeRequest, DEFAULT_SETTINGS } from "../request.js";
import { placeTemplate } from "../template-place.js";
import type { FlagValues, InputValues } from "./entry.js";
import type { ReadValues } from "./read.js";
import { requestedRetention } from "./retention.js";
import type { Requests } from "./table.js";
import { requestedTests } from "./tests.js";

/** The entries that are inputs of the bake and flags of `build`. */
type SharedKey = keyof InputValues<Requests, "bake"> & keyof FlagValues<Requests, "build">;

type SharedValues = Pick<InputValues<Requests, "bake">, SharedKey>;

/** Settings of a bake that only one front end has, or that the front ends read differently. */
export interface OwnRequest {
  /** Absolute. */
  readonly workingDirectory: string;
  /** The workspace of the job and the name of its repository; undefined on the command line. */
  readonly job: JobCheckout | undefined;
  readonly templatePath: string;
  readonly configType: "json" | "hcl2" | undefined;
  readonly warnOnUndeclaredVariables: boolean;
  readonly debug: boolean;
  /** Whether the bake runs on the local cloud. */
  readonly local: boolean;
}

/** Returns the request of a bake. Adds errors about the environment, and warnings about entries that have no effect. */
export function bakeRequest(
  read: ReadValues<SharedValues>,
  own: OwnRequest,
  env: Readonly<Record<string, string | undefined>>,
): BakeRequest {
  const { values } = read;
  warnWithoutEffect(read, own);
  warnAboutVariables(read);
  return {
    workingDirectory: own.workingDirectory,
    template: requestedTemplate(
      own.templatePath,
      { ...values, configType: own.configType },
      own.warnOnUndeclaredVariables,
    ),
    settings: {
      onError: values.onError,
      force: values.force,
      debug: own.debug,
      regions: values.copyRegions,
      defaultRegion: values.buildRegion,
      missingRegion: values.missingRegion,
      spotFallback: values.spotFallback,
      permissionsBoundary: values.permissionsBoundary,
      access: values.access,
      preflight: values.preflight,
      sshSourceCidrs: sourceCidrs(read, env),
      sshAcceptNewHostKeys: values.sshAcceptNewHostKeys,
      skipUnchanged: { enabled: values.skipUnchanged, maxAge: values.maxAge },
      tests: requestedTests(read, own.workingDirectory),
      resumeWithin: values.resumeWithin ?? DEFAULT_SETTINGS.resumeWithin,
      deadManMinutes: values.maxInstanceMinutes,
    },
    place: placeTemplate(own.templatePath, {
      workingDirectory: own.workingDirectory,
      workspace: own.job?.workspace,
      repository: own.job?.repository,
    }),
    parallelBuilds: values.parallelBuilds || undefined,
    image: values.image,
    ssmParameter: values.ssmParameter,
    overwriteParameter: values.overwriteParameter,
    packages: values.packages,
    retention: requestedRetention(read),
  };
}

/** Warns about entries that have no effect without another one. */
function warnWithoutEffect(read: ReadValues<SharedValues>, { local }: OwnRequest): void {
  const { values } = read;
  const [skip, parameter] = [read.quotedName("skipUnchanged"), read.quotedName("ssmParameter")];
  if (read.isGiven("maxAge") && !values.skipUnchanged) {
    read.warn("maxAge", `has no effect without ${skip}`, `Set ${skip} to true.`);
  }
  // The local cloud has a parameter by default.
  if (values.packages === "compare" && !values.ssmParameter && !local) {
    const hint = `The packages are compared with those of the image that ${parameter} names. Set ${parameter}.`;
    read.warn("packages", `is set to "compare", which has no effect without ${parameter}`, hint);
  }
}

/** Warns about variables whose value has quotes or a space that the user probably wrote for a shell, YAML or HCL2. No value is quoted. */
function warnAboutVariables(read: ReadValues<Pick<SharedValues, "variables">>): void {
  for (const { name, value } of read.values.variables) {
    const hint = `Write ${name}=VALUE without quotes and without spaces next to the equals sign.`;
    if (/^\s*(["'])[\s\S]*\1$/.test(value)) read.warn("variables", `sets "${name}" to a value with quotes`, hint);
    else if (/^\s/.test(value)) read.warn("variables", `sets "${name}" to a value that begins with a space`, hint);
  }
}

/** Returns the template of a request. */
export function requestedTemplate(
  path: string,
  values: Pick<FlagValues<Requests, "build">, "variables" | "variableFiles" | "only" | "except" | "configType">,
  warnOnUndeclaredVariables: boolean,
): BakeRequest["template"] {
  const { variables, variableFiles, only, except, configType } = values;
  return { path, variables, variableFiles, only, except, configType, warnOnUndeclaredVariables };
}

/** Returns the networks that can connect over SSH; the environment variable is used if the user sets none. */
function sourceCidrs(
  read: ReadValues<Pick<SharedValues, "sshSourceCidrs">>,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  if (read.values.sshSourceCidrs.length > 0) return read.values.sshSourceCidrs;
  return splitList(env[CIDRS_VARIABLE] ?? "").flatMap((text) => {
    const parsed = parseCidr(text);
    if ("value" in parsed) return [parsed.value];
    const summary = `Environment variable "${CIDRS_VARIABLE}" ${parsed.complaint}`;
    read.report({ severity: "error", code: "invalid-input", summary, hint: parsed.hint });
    return [];
  });
}
