import { createHash } from "node:crypto";
import type { ApiCall } from "../call.js";
import type { Region } from "../cloud.js";
import { ACCOUNT } from "../records.js";
import { refusal } from "../wire/errors.js";
import type { Members } from "../wire/xml.js";
import type { SsmParameter, SsmParameterVersion } from "./model.js";

/** The name of a parameter, given by name or ARN. */
export function plainName(named: string): string {
  const found = /^arn:aws:ssm:[^:]*:\d*:parameter\/?(.*)$/.exec(named);
  if (found?.[1] === undefined) return named;
  return found[1].includes("/") ? `/${found[1].replace(/^\//, "")}` : found[1];
}

/** The ARN of a parameter of the account. */
export function parameterArn(region: Region, name: string): string {
  return `arn:aws:ssm:${region.name}:${ACCOUNT}:parameter${name.startsWith("/") ? "" : "/"}${name}`;
}

/** Makes a version that was being validated visible, once it is due and if its image is available in the region. */
function finishValidation(call: ApiCall, parameter: SsmParameter): void {
  const { waiting } = parameter;
  if (waiting === undefined || call.cloud.time.now() < waiting.dueAt) return;
  parameter.waiting = undefined;
  const image = call.region.images.get(waiting.version.value);
  const isGood =
    image !== undefined && image.failure === undefined && !image.capturing && image.readyAt <= waiting.dueAt;
  if (isGood) {
    addVersion(parameter, waiting.version);
  } else if (parameter.versions.length === 0) {
    call.region.parameters.delete(parameter.name);
  }
}

/** Maximum number of versions of a parameter. */
const VERSIONS_MAX = 100;

/** Throws where a new version would delete the oldest one, which has a label. */
export function checkRoom(parameter: SsmParameter): void {
  const oldest = parameter.versions[0];
  if (parameter.versions.length >= VERSIONS_MAX && oldest !== undefined && oldest.labels.length > 0) {
    throw refusal(
      "ParameterMaxVersionLimitExceeded",
      `You attempted to create a new version of ${parameter.name} by calling the PutParameter API with the overwrite flag. ` +
        `Version ${oldest.version}, the oldest version, can't be deleted because it has a label associated with it. ` +
        "Move the label to another version of the parameter, and try again.",
    );
  }
}

/** Adds a version as the newest; the oldest is removed where there are too many. */
export function addVersion(parameter: SsmParameter, version: SsmParameterVersion): void {
  parameter.versions = [...parameter.versions, version].slice(-VERSIONS_MAX);
}

/** A parameter as it is known now, if it can be seen. */
export function knownParameter(call: ApiCall, named: string): SsmParameter | undefined {
  const parameter = call.region.parameters.get(plainName(named));
  if (parameter === undefined) return undefined;
  finishValidation(call, parameter);
  return parameter.versions.length === 0 ? undefined : parameter;
}

/** A parameter by its name. Throws ParameterNotFound. */
export function findParameter(call: ApiCall, named: string): SsmParameter {
  const parameter = knownParameter(call, named);
  if (parameter === undefined) throw refusal("ParameterNotFound", "");
  return parameter;
}

/** All parameters of the account that can be seen now. */
export function ownParameters(call: ApiCall): readonly SsmParameter[] {
  return [...call.region.parameters.values()].filter(
    (parameter) => !parameter.isPublic && knownParameter(call, parameter.name) !== undefined,
  );
}

/** The newest version. Only for parameters that can be seen. */
export function newest(parameter: SsmParameter): SsmParameterVersion {
  const version = parameter.versions.at(-1);
  if (version === undefined) throw refusal("ParameterNotFound", "");
  return version;
}

/** A parameter and one version of it: `name`, `name:3`, `name:label`. */
export interface Selected {
  readonly parameter: SsmParameter;
  readonly version: SsmParameterVersion;
  /** The part after the name, with its colon. */
  readonly selector: string | undefined;
}

/**
 * The parameter and version that a name with or without a selector selects. Throws ParameterNotFound or ParameterVersionNotFound.
 */
export function selectVersion(call: ApiCall, named: string): Selected {
  const plain = plainName(named);
  const colon = plain.lastIndexOf(":");
  if (colon < 0) {
    const parameter = findParameter(call, plain);
    return { parameter, version: newest(parameter), selector: undefined };
  }
  const parameter = findParameter(call, plain.slice(0, colon));
  const wanted = plain.slice(colon + 1);
  const version = parameter.versions.find((entry) =>
    /^\d+$/.test(wanted) ? entry.version === Number(wanted) : entry.labels.includes(wanted),
  );
  if (version === undefined) {
    throw refusal(
      "ParameterVersionNotFound",
      `Systems Manager could not find version ${wanted} of ${parameter.name}. Verify the version and try again.`,
    );
  }
  return { parameter, version, selector: plain.slice(colon) };
}

/** The image id that `resolve:ssm:NAME` resolves to. Throws InvalidParameterValue. */
export function resolveParameter(call: ApiCall, reference: string): string {
  const named = reference.slice("resolve:ssm:".length);
  try {
    return selectVersion(call, named).version.value;
  } catch {
    throw refusal(
      "InvalidParameterValue",
      `Value (${reference}) for parameter imageId is invalid. Parameter ${named} could not be resolved.`,
    );
  }
}

/** The value as a reader gets it; a SecureString that is not decrypted is unreadable. */
export function shownValue(version: SsmParameterVersion, decrypt: boolean): string {
  if (version.type !== "SecureString" || decrypt) return version.value;
  return createHash("sha256").update(version.value).digest("base64");
}

/** A parameter in a response of GetParameter. */
export function parameterItem(call: ApiCall, { parameter, version, selector }: Selected, decrypt: boolean): Members {
  return {
    Name: parameter.name,
    Type: version.type,
    Value: shownValue(version, decrypt),
    Version: version.version,
    Selector: selector,
    LastModifiedDate: version.at / 1000,
    ARN: parameter.isPublic
      ? `arn:aws:ssm:${call.region.name}::parameter${parameter.name}`
      : parameterArn(call.region, parameter.name),
    DataType: version.dataType,
  };
}
