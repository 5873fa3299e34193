import type { Actions, ApiCall, Handler } from "../call.js";
import { refusal } from "../wire/errors.js";
import { page } from "../wire/paging.js";
import { flag, groups, type Params, required, text, texts } from "../wire/query.js";
import type { Members } from "../wire/xml.js";
import type { SsmParameter } from "./model.js";
import {
  findParameter,
  knownParameter,
  newest,
  ownParameters,
  parameterArn,
  parameterItem,
  selectVersion,
  shownValue,
} from "./parameters.js";

/** One page of `Parameters`, at most `most` of them. Throws for a size out of range or a foreign token. */
function parametersPage<T>(call: ApiCall, rows: readonly T[], most: number, item: (row: T) => Members): Members {
  const found = page(call.params, rows, { least: 1, most, usual: most, badToken: "InvalidNextToken" });
  return { Parameters: found.rows.map(item), NextToken: found.nextToken };
}

function decrypts(call: ApiCall): boolean {
  return flag(call.params, "WithDecryption") === true;
}

const getParameter: Handler = (call) => ({
  Parameter: parameterItem(call, selectVersion(call, required(call.params, "Name")), decrypts(call)),
});

const getParameters: Handler = (call) => {
  const names = texts(call.params, "Names");
  if (names.length === 0 || names.length > 10) {
    throw refusal(
      "ValidationException",
      `1 validation error detected: Value '[${names.join(", ")}]' at 'names' failed to satisfy constraint: ` +
        "Member must have length less than or equal to 10",
    );
  }
  const unknown: string[] = [];
  const found = [...new Set(names)].flatMap((name) => {
    try {
      return [parameterItem(call, selectVersion(call, name), decrypts(call))];
    } catch {
      unknown.push(name);
      return [];
    }
  });
  return { Parameters: found, InvalidParameters: unknown };
};

const getParametersByPath: Handler = (call) => {
  const { params, region } = call;
  const path = required(params, "Path");
  if (!path.startsWith("/")) {
    throw refusal(
      "ValidationException",
      `The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/".`,
    );
  }
  const prefix = path.endsWith("/") ? path : `${path}/`;
  const deep = flag(params, "Recursive") === true;
  const rows = [...region.parameters.values()].filter(
    ({ name }) =>
      name.startsWith(prefix) &&
      (deep || !name.slice(prefix.length).includes("/")) &&
      knownParameter(call, name) !== undefined,
  );
  const kept = rows.filter((row) => passes(call, row));
  return parametersPage(call, kept.sort(byName), 10, (parameter) =>
    parameterItem(call, { parameter, version: newest(parameter), selector: undefined }, decrypts(call)),
  );
};

function byName(one: SsmParameter, other: SsmParameter): number {
  return one.name < other.name ? -1 : 1;
}

const getParameterHistory: Handler = (call) => {
  const parameter = findParameter(call, required(call.params, "Name"));
  return parametersPage(call, parameter.versions, 50, (version) => ({
    Name: parameter.name,
    Type: version.type,
    KeyId: version.keyId || undefined,
    LastModifiedDate: version.at / 1000,
    LastModifiedUser: version.user,
    Description: version.description || undefined,
    Value: shownValue(version, decrypts(call)),
    AllowedPattern: version.allowedPattern || undefined,
    Version: version.version,
    Labels: version.labels,
    Tier: version.tier,
    Policies: [],
    DataType: version.dataType,
  }));
};

/** The values that a parameter filter compares. Throws InvalidFilterKey for an unknown key. */
function filterValues(parameter: SsmParameter, key: string): readonly string[] {
  const version = newest(parameter);
  if (key.startsWith("tag:")) {
    const value = parameter.tags.get(key.slice(4));
    return value === undefined ? [] : [value];
  }
  switch (key) {
    case "Name":
      return [parameter.name];
    case "Path":
      return [parameter.name];
    case "Type":
      return [version.type];
    case "KeyId":
      return [version.keyId];
    case "Tier":
      return [version.tier];
    case "DataType":
      return [version.dataType];
    case "Label":
      return parameter.versions.flatMap(({ labels }) => labels);
    default:
      throw refusal("InvalidFilterKey", `The specified key isn't valid: ${key}`);
  }
}

function passesOne(parameter: SsmParameter, filter: Params): boolean {
  const key = required(filter, "Key");
  const option = text(filter, "Option") ?? (key === "Path" ? "OneLevel" : "Equals");
  const wanted = texts(filter, "Values");
  const matches = (value: string, requested: string): boolean => {
    const directory = requested.endsWith("/") ? requested : `${requested}/`;
    switch (option) {
      case "Equals":
        return value === requested;
      case "BeginsWith":
        return value.startsWith(requested);
      case "Contains":
        return value.includes(requested);
      case "Recursive":
        return value.startsWith(directory);
      case "OneLevel":
        return value.startsWith(directory) && !value.slice(directory.length).includes("/");
      default:
        throw refusal("InvalidFilterOption", `The specified filter option isn't valid: ${option}`);
    }
  };
  const values = filterValues(parameter, key);
  return wanted.length === 0
    ? values.length > 0
    : values.some((value) => wanted.some((requested) => matches(value, requested)));
}

function passes(call: ApiCall, parameter: SsmParameter): boolean {
  return groups(call.params, "ParameterFilters").every((filter) => passesOne(parameter, filter));
}

const describeParameters: Handler = (call) => {
  const { params, region } = call;
  const old = groups(params, "Filters").map((filter): Params => ({ Option: "BeginsWith", ...filter }));
  const rows = ownParameters(call).filter((row) => passes(call, row) && old.every((filter) => passesOne(row, filter)));
  return parametersPage(call, rows.toSorted(byName), 50, (parameter) => {
    const version = newest(parameter);
    return {
      Name: parameter.name,
      ARN: parameterArn(region, parameter.name),
      Type: version.type,
      KeyId: version.keyId || undefined,
      LastModifiedDate: version.at / 1000,
      LastModifiedUser: version.user,
      Description: version.description || undefined,
      AllowedPattern: version.allowedPattern || undefined,
      Version: version.version,
      Tier: version.tier,
      Policies: [],
      DataType: version.dataType,
    };
  });
};

/** Handlers of the calls that read parameters. */
export const parameterReadActions: Actions = {
  GetParameter: getParameter,
  GetParameters: getParameters,
  GetParametersByPath: getParametersByPath,
  GetParameterHistory: getParameterHistory,
  DescribeParameters: describeParameters,
};
