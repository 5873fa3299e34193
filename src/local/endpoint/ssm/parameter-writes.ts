import type { Actions, ApiCall, Handler } from "../call.js";
import { ACCOUNT, readTags, tagList } from "../records.js";
import { callerArn } from "../sts/sessions.js";
import { refusal } from "../wire/errors.js";
import { flag, groups, integer, required, text, texts } from "../wire/query.js";
import type { SsmParameter, SsmParameterVersion } from "./model.js";
import { addVersion, checkRoom, findParameter, knownParameter, newest, plainName } from "./parameters.js";

const IMAGE = "aws:ec2:image";

function checkName(name: string): void {
  if (/^\/?(aws|ssm)(\/|$)/i.test(name) || /^(aws|ssm)/i.test(name)) {
    throw refusal("AccessDeniedException", `No access to reserved parameter name: ${name}.`);
  }
  if (!/^[a-zA-Z0-9_.\-/]+$/.test(name)) {
    throw refusal(
      "ValidationException",
      "Invalid parameter name. Please use correct syntax for referencing a version/label  <parameter-name>:<version> or " +
        "parameter name can only include letters, digits and the symbols .-_/",
    );
  }
  if (name.includes("/") && !name.startsWith("/")) {
    throw refusal("ValidationException", "Parameter name must be a fully qualified name.");
  }
  if (name.split("/").length > 16) {
    throw refusal(
      "HierarchyLevelLimitExceededException",
      "Parameter hierarchies can have a maximum of fifteen levels.",
    );
  }
}

function checkValue(call: ApiCall, value: string, type: string, dataType: string): void {
  const { params } = call;
  if (!["String", "StringList", "SecureString"].includes(type)) {
    throw refusal("UnsupportedParameterType", `The parameter type ${type} is not supported.`);
  }
  if (Buffer.byteLength(value) > (text(params, "Tier") === "Advanced" ? 8192 : 4096)) {
    throw refusal(
      "ValidationException",
      "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, " +
        "upgrade the parameter to use the advanced-parameter tier.",
    );
  }
  if (dataType === IMAGE && !/^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(value)) {
    throw refusal(
      "ValidationException",
      `The following parameter value isn't valid for data type ${IMAGE}: ${value}. The value must be in the format ami-12345abcdeEXAMPLE.`,
    );
  }
  const allowed = text(params, "AllowedPattern");
  if (allowed && !new RegExp(allowed).test(value)) {
    throw refusal(
      "ParameterPatternMismatchException",
      `Parameter value, cannot be validated against allowedPattern: ${allowed}`,
    );
  }
}

function checkOverwrite(call: ApiCall, earlier: SsmParameter | undefined): void {
  const overwrite = flag(call.params, "Overwrite") === true;
  if (overwrite && groups(call.params, "Tags").length > 0) {
    throw refusal(
      "ValidationException",
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. " +
        "To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    );
  }
  if (earlier !== undefined && !overwrite) {
    throw refusal(
      "ParameterAlreadyExists",
      "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    );
  }
}

/**
 * PutParameter. A value of data type `aws:ec2:image` is accepted at once, but visible only once its image was found available.
 */
const putParameter: Handler = (call) => {
  const { cloud, region, params } = call;
  const name = plainName(required(params, "Name"));
  const value = required(params, "Value");
  checkName(name);
  const earlier = knownParameter(call, name);
  checkOverwrite(call, earlier);
  const held = region.parameters.get(name);
  if (held?.waiting !== undefined) {
    throw refusal(
      "TooManyUpdates",
      `The parameter ${name} is being validated. Wait until the validation is over, and try again.`,
    );
  }
  const before = earlier === undefined ? undefined : newest(earlier);
  const type = text(params, "Type") ?? before?.type;
  if (type === undefined) {
    throw refusal("ValidationException", "A parameter type is required when you create a parameter.");
  }
  const dataType = text(params, "DataType") ?? before?.dataType ?? "text";
  checkValue(call, value, type, dataType);
  if (before !== undefined && before.dataType !== dataType) {
    // The refusal is known from reports of users; AWS documents no text for it.
    throw refusal("ValidationException", "The data type of an existing parameter can't be changed.");
  }
  const parameter: SsmParameter = earlier ?? {
    name,
    versions: [],
    waiting: undefined,
    tags: readTags(params, "Tags"),
    isPublic: false,
  };
  checkRoom(parameter);
  const version: SsmParameterVersion = {
    version: (before?.version ?? 0) + 1,
    value,
    type,
    dataType,
    tier: text(params, "Tier") === "Advanced" ? "Advanced" : "Standard",
    description: text(params, "Description") ?? before?.description ?? "",
    allowedPattern: text(params, "AllowedPattern") ?? "",
    keyId: text(params, "KeyId") ?? (type === "SecureString" ? "alias/aws/ssm" : ""),
    at: cloud.time.now(),
    user: callerArn(call),
    labels: [],
  };
  region.parameters.set(name, parameter);
  if (dataType === IMAGE) {
    parameter.waiting = { version, dueAt: cloud.time.now() + cloud.time.of("parameter") };
  } else {
    addVersion(parameter, version);
  }
  return { Version: version.version, Tier: version.tier };
};

const deleteParameter: Handler = (call) => {
  const parameter = findParameter(call, required(call.params, "Name"));
  call.region.parameters.delete(parameter.name);
  return {};
};

const deleteParameters: Handler = (call) => {
  const names = texts(call.params, "Names");
  const known = names.filter((name) => knownParameter(call, name) !== undefined);
  for (const name of known) call.region.parameters.delete(plainName(name));
  return { DeletedParameters: known, InvalidParameters: names.filter((name) => !known.includes(name)) };
};

function versionNamed(call: ApiCall, parameter: SsmParameter): SsmParameterVersion {
  const number = integer(call.params, "ParameterVersion") ?? newest(parameter).version;
  const version = parameter.versions.find((entry) => entry.version === number);
  if (version === undefined) {
    throw refusal(
      "ParameterVersionNotFound",
      `Systems Manager could not find version ${number} of ${parameter.name}. Verify the version and try again.`,
    );
  }
  return version;
}

function isLabel(label: string): boolean {
  return /^[a-zA-Z_.-][a-zA-Z0-9_.-]{0,99}$/.test(label) && !/^(aws|ssm)/i.test(label);
}

/** LabelParameterVersion: a label sits on one version only, so it moves. At most ten a version. */
const labelParameterVersion: Handler = (call) => {
  const parameter = findParameter(call, required(call.params, "Name"));
  const version = versionNamed(call, parameter);
  const requested = texts(call.params, "Labels");
  const good = requested.filter(isLabel);
  const labels = [...new Set([...version.labels, ...good])];
  if (labels.length > 10) {
    throw refusal(
      "ParameterVersionLabelLimitExceeded",
      "An error occurred (ParameterVersionLabelLimitExceeded): A parameter version can have a maximum of ten labels.",
    );
  }
  for (const other of parameter.versions) {
    other.labels = other === version ? labels : other.labels.filter((label) => !good.includes(label));
  }
  return { InvalidLabels: requested.filter((label) => !isLabel(label)), ParameterVersion: version.version };
};

const unlabelParameterVersion: Handler = (call) => {
  const parameter = findParameter(call, required(call.params, "Name"));
  const version = versionNamed(call, parameter);
  const requested = texts(call.params, "Labels");
  const removed = requested.filter((label) => version.labels.includes(label));
  version.labels = version.labels.filter((label) => !removed.includes(label));
  return { RemovedLabels: removed, InvalidLabels: requested.filter((label) => !removed.includes(label)) };
};

function tagged(call: ApiCall): SsmParameter {
  if (required(call.params, "ResourceType") !== "Parameter") {
    throw refusal("InvalidResourceType", "The resource type is not valid. The local cloud has parameters only.");
  }
  const parameter = knownParameter(call, required(call.params, "ResourceId"));
  if (parameter === undefined) {
    throw refusal(
      "InvalidResourceId",
      `The resource ID ${required(call.params, "ResourceId")} is not valid in account ${ACCOUNT}.`,
    );
  }
  return parameter;
}

const addTags: Handler = (call) => {
  const { tags } = tagged(call);
  const added = readTags(call.params, "Tags");
  if (new Set([...tags.keys(), ...added.keys()]).size > 50) {
    throw refusal("TooManyTagsError", "The Targets parameter includes too many tags.");
  }
  for (const [key, value] of added) tags.set(key, value);
  return {};
};

const removeTags: Handler = (call) => {
  const { tags } = tagged(call);
  for (const key of texts(call.params, "TagKeys")) tags.delete(key);
  return {};
};

const listTags: Handler = (call) => ({ TagList: tagList(tagged(call).tags) });

/** Handlers of the calls that change parameters. */
export const parameterWriteActions: Actions = {
  PutParameter: putParameter,
  DeleteParameter: deleteParameter,
  DeleteParameters: deleteParameters,
  LabelParameterVersion: labelParameterVersion,
  UnlabelParameterVersion: unlabelParameterVersion,
  AddTagsToResource: addTags,
  RemoveTagsFromResource: removeTags,
  ListTagsForResource: listTags,
};
