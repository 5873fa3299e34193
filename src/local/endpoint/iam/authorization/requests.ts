import type { ApiCall } from "../../call.js";
import { regionOf } from "../../cloud.js";
import { withTemplate } from "../../ec2/instances/launch-spec.js";
import { groups, has, type Params, required, text } from "../../wire/query.js";
import { commonKeys, keysOfAction, requestTagKeys } from "./call-keys.js";
import { launchResources, passedRole } from "./launch-requests.js";
import { namedResource, scopeIn, typeOfId, valuesAt } from "./names.js";
import type { Principal } from "./principal.js";
import {
  arnOf,
  type CallRequest,
  isResourceName,
  type Keys,
  keysOfResource,
  type NamedResource,
  type ResourceName,
} from "./resources.js";
import { type ActionTarget, AUTHORIZATION } from "./table.js";

/** The ID of a resource that a call creates, in its ARN. */
const NEW = "*";

/** A call with the service that it is for, and who makes it. */
export interface CallToAuthorize {
  readonly call: ApiCall;
  /** `ec2`, `ssm`. */
  readonly service: string;
  readonly caller: Principal;
}

/**
 * Returns what IAM is asked about a call: one request for each resource that it names or creates, and one for each further action that it
 * needs. Undefined for an action that the table does not have.
 */
export function accessRequests(given: CallToAuthorize): readonly CallRequest[] | undefined {
  const { call, service } = given;
  const action = `${service}:${call.action}`;
  const row = Object.hasOwn(AUTHORIZATION, action) ? AUTHORIZATION[action] : undefined;
  if (row === undefined) return undefined;
  if (row === "none") return [];
  if (row === "launch") return launchRequests(given, withTemplate(call));
  const further = [...creationTags(given, call.params), ...(FURTHER[action]?.(given) ?? [])];
  if (row === "*") return [request(given, action, "*", {}), ...further];
  const found = row.flatMap((target) => targetRequests(given, action, target));
  return [...(found.length > 0 ? found : [request(given, action, "*", {})]), ...further];
}

/** Returns what IAM is asked about a launch with these parameters: by RunInstances, or by a fleet. */
export function launchRequests(given: CallToAuthorize, params: Params): readonly CallRequest[] {
  const { call } = given;
  const launched = launchResources(call, params).map(({ type, id: named, keys }) => {
    const { id, arn } = namedResource(call, type, named);
    const own = id === NEW ? tagsAtCreation(params, type) : keysOfResource(call, { type, id }, "ec2:RunInstances");
    return request(given, "ec2:RunInstances", arn, { ...own, ...keys });
  });
  const role = passedRole(call, params);
  const image = text(params, "ImageId") ?? "";
  return [
    ...launched,
    ...(image.startsWith("resolve:ssm:")
      ? [furtherRequest(given, "ssm:GetParameters", { type: "parameter", id: image.slice("resolve:ssm:".length) })]
      : []),
    ...(role === undefined ? [] : [passRole(given, role)]),
    ...creationTags(given, params),
  ];
}

function targetRequests(given: CallToAuthorize, action: string, target: ActionTarget): readonly CallRequest[] {
  const { call } = given;
  const { type, from } = target;
  const own = keysOfAction(action, call.params);
  if (from === undefined) {
    return [request(given, action, arnOf(call, type, NEW), { ...tagsAtCreation(call.params, type), ...own })];
  }
  const scope = scopeIn(call, target.regionFrom, (name) => regionOf(call.cloud, name));
  const named = from.flatMap((path) => valuesAt(call.params, path)).filter((value) => value !== "");
  return (named.length === 0 && target.hasDefault ? [call.region.vpc.vpcId] : named).map((value) => {
    const shown = action.endsWith(":CreateTags") || action.endsWith(":DeleteTags") ? typeOfId(value, type) : type;
    const { id, arn } = namedResource(scope, shown, withPath(call.params, shown, value));
    const keys = target.isNew ? tagsAtCreation(call.params, shown) : keysOfResource(scope, { type: shown, id }, action);
    return request(given, action, arn, { ...(target.isUntagged ? withoutTags(keys) : keys), ...own });
  });
}

/** A role or profile that a call creates has the path of the call. */
function withPath(params: Params, type: ResourceName, name: string): string {
  const isOfIam = type === "role" || type === "instance-profile";
  return isOfIam ? `${(text(params, "Path") ?? "/").slice(1)}${name}` : name;
}

function withoutTags(keys: Keys): Keys {
  return Object.fromEntries(Object.entries(keys).filter(([name]) => !name.includes(":ResourceTag/")));
}

/** The keys about the tags that a call of EC2 sets on what it creates. */
function tagsAtCreation(params: Params, type: ResourceName): Keys {
  const specified = groups(params, "TagSpecification").find((each) => text(each, "ResourceType") === type);
  return specified === undefined ? {} : requestTagKeys(groups(specified, "Tag"));
}

/** Tags that a call of EC2 sets on what it creates need `ec2:CreateTags`, with the action that creates as `ec2:CreateAction`. */
function creationTags(given: CallToAuthorize, params: Params): readonly CallRequest[] {
  const { call, service } = given;
  if (service !== "ec2") return [];
  return groups(params, "TagSpecification").flatMap((each) => {
    const type = text(each, "ResourceType") ?? "";
    if (!isResourceName(type)) return [];
    const keys = { ...tagsAtCreation(params, type), "ec2:CreateAction": call.action };
    // The ARN of a key pair has its name.
    const id = type === "key-pair" ? (text(params, "KeyName") ?? NEW) : NEW;
    return [request(given, "ec2:CreateTags", arnOf(call, type, id), keys)];
  });
}

function request(given: CallToAuthorize, action: string, resource: string, own: Keys): CallRequest {
  return { action, resource, keys: { ...commonKeys(given.call, given.caller), ...own } };
}

/** Returns what IAM is asked about a further action of a call, on a resource by its ID, name or ARN. */
export function furtherRequest(
  given: CallToAuthorize,
  action: string,
  { type, id: value }: NamedResource,
  keys: Keys = {},
): CallRequest {
  const { id, arn } = namedResource(given.call, type, value);
  return request(given, action, arn, { ...keysOfResource(given.call, { type, id }, action), ...keys });
}

/** Who gives a role to EC2 needs `iam:PassRole` on it. */
function passRole(given: CallToAuthorize, role: string): CallRequest {
  return furtherRequest(
    given,
    "iam:PassRole",
    { type: "role", id: role },
    { "iam:PassedToService": "ec2.amazonaws.com" },
  );
}

/** Actions that a call needs in addition to its own. */
const FURTHER: Readonly<Record<string, (given: CallToAuthorize) => readonly CallRequest[]>> = {
  "iam:AddRoleToInstanceProfile": (given) => [passRole(given, required(given.call.params, "RoleName"))],
  "iam:CreateRole": (given) => tagging(given, "iam:TagRole", "role", "RoleName"),
  "iam:CreateInstanceProfile": (given) =>
    tagging(given, "iam:TagInstanceProfile", "instance-profile", "InstanceProfileName"),
  "secretsmanager:CreateSecret": (given) => tagging(given, "secretsmanager:TagResource", "secret", "Name"),
  "sts:AssumeRole": (given) => tagging(given, "sts:TagSession", "role", "RoleArn"),
  "ssm:PutParameter": (given) => [
    ...tagging(given, "ssm:AddTagsToResource", "parameter", "Name"),
    // Parameter Store looks the image up with the permissions of the caller ("Native parameter support for Amazon Machine Image IDs").
    ...(text(given.call.params, "DataType") === "aws:ec2:image" ? [request(given, "ec2:DescribeImages", "*", {})] : []),
  ],
};

/** The action that sets the tags of a resource that a call creates. */
function tagging(given: CallToAuthorize, action: string, type: ResourceName, name: string): readonly CallRequest[] {
  const { params } = given.call;
  if (!has(params, "Tags") || groups(params, "Tags").length === 0) return [];
  return [
    furtherRequest(
      given,
      action,
      { type, id: withPath(params, type, required(params, name)) },
      requestTagKeys(groups(params, "Tags")),
    ),
  ];
}
