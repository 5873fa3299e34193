import { CIDRS_VARIABLE, parseCidr, splitList } from "../../core/request-values.js";
import type { BakeRequest } from "../request.js";
import type { FlagValues, InputValues } from "./entry.js";
import type { ReadValues } from "./read.js";
import { requestedRetention } from "./retention.js";
import type { Requests } from "./table.js";

/** The entries that are both inputs of the bake and flags of `build`. */
type SharedKey = keyof InputValues<Requests, "bake"> & keyof FlagValues<Requests, "build">;

type SharedValues = Pick<InputValues<Requests, "bake">, SharedKey>;

/** What only one front end can ask of a bake, or both ask in different ways. */
export interface OwnRequest {
  /** Absolute. */
  readonly workingDirectory: string;
  readonly templatePath: string;
  readonly configType: "json" | "hcl2" | undefined;
  readonly warnOnUndeclaredVariables: boolean;
  readonly debug: boolean;
}

/** Builds the request of a bake from what was read; adds complaints about the environment and about entries that do not go together. */
export function bakeRequest(
  read: ReadValues<SharedValues>,
  own: OwnRequest,
  env: Readonly<Record<string, string | undefined>>,
): BakeRequest {
  const { values } = read;
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
      sshSourceCidrs: sourceCidrs(read, env),
      skipUnchanged: { enabled: values.skipUnchanged, maxAge: values.maxAge },
      deadManMinutes: values.maxInstanceMinutes,
    },
    parallelBuilds: values.parallelBuilds || undefined,
    image: values.image,
    ssmParameter: values.ssmParameter,
    packages: values.packages,
    retention: requestedRetention(read),
  };
}

/** The template's part of a request. */
export function requestedTemplate(
  path: string,
  values: Pick<FlagValues<Requests, "build">, "variables" | "variableFiles" | "only" | "except" | "configType">,
  warnOnUndeclaredVariables: boolean,
): BakeRequest["template"] {
  const { variables, variableFiles, only, except, configType } = values;
  return { path, variables, variableFiles, only, except, configType, warnOnUndeclaredVariables };
}

/** The networks that may reach SSH: where the user names none, the environment variable may. */
function sourceCidrs(
  read: ReadValues<Pick<SharedValues, "sshSourceCidrs">>,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  if (read.values.sshSourceCidrs.length > 0) return read.values.sshSourceCidrs;
  return splitList(env[CIDRS_VARIABLE] ?? "").flatMap((text) => {
    const parsed = parseCidr(text);
    if ("value" in parsed) return [parsed.value];
    const summary = `the environment variable ${CIDRS_VARIABLE} ${parsed.complaint}`;
    read.report({ severity: "error", code: "invalid-input", summary, hint: parsed.hint });
    return [];
  });
}
