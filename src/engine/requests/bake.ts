import type { Diagnostic } from "../../core/diagnostics.js";
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

/** Builds the request of a bake from what was read; complains about entries that do not go together. */
export function bakeRequest(
  read: ReadValues<SharedValues>,
  own: OwnRequest,
  env: Readonly<Record<string, string | undefined>>,
): { readonly request: BakeRequest; readonly complaints: readonly Diagnostic[] } {
  const { values } = read;
  const retention = requestedRetention(read);
  const cidrs = sourceCidrs(values.sshSourceCidrs, env);
  const request: BakeRequest = {
    workingDirectory: own.workingDirectory,
    template: {
      path: own.templatePath,
      variables: values.variables,
      variableFiles: values.variableFiles,
      only: values.only,
      except: values.except,
      configType: own.configType,
      warnOnUndeclaredVariables: own.warnOnUndeclaredVariables,
    },
    settings: {
      onError: values.onError,
      force: values.force,
      debug: own.debug,
      regions: [...new Set(values.copyRegions)],
      defaultRegion: values.buildRegion,
      missingRegion: values.missingRegion,
      spotFallback: values.spotFallback,
      sshSourceCidrs: cidrs.values,
      skipUnchanged: { enabled: values.skipUnchanged, maxAge: values.maxAge },
      deadManMinutes: values.maxInstanceMinutes,
    },
    parallelBuilds: values.parallelBuilds || undefined,
    image: values.image,
    ssmParameter: values.ssmParameter,
    packages: values.packages,
    retention,
  };
  return { request, complaints: [...read.complaints, ...cidrs.complaints] };
}

/** The networks that may reach SSH: where the user names none, the environment variable may. */
function sourceCidrs(
  given: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): { readonly values: readonly string[]; readonly complaints: readonly Diagnostic[] } {
  if (given.length > 0) return { values: given, complaints: [] };
  const parsed = splitList(env[CIDRS_VARIABLE] ?? "").map(parseCidr);
  return {
    values: parsed.flatMap((each) => ("value" in each ? [each.value] : [])),
    complaints: parsed.flatMap((each) => {
      if ("value" in each) return [];
      const summary = `the environment variable ${CIDRS_VARIABLE} ${each.complaint}`;
      return [{ severity: "error", code: "invalid-input", summary, hint: each.hint }];
    }),
  };
}
