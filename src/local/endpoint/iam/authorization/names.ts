import { createHash } from "node:crypto";
import type { ApiCall } from "../../call.js";
import { kindOf } from "../../ec2/ids.js";
import { plainName } from "../../ssm/parameters.js";
import type { Params, ParamValue } from "../../wire/query.js";
import { type ArnScope, arnOf, isResourceName, type NamedResource, type ResourceName } from "./resources.js";

/** Returns all texts at a path of names. A list on the way stands for each of its items. */
export function valuesAt(params: Params, path: string): readonly string[] {
  let found: readonly ParamValue[] = [params];
  for (const step of path.split(".")) {
    found = found.flatMap(itemsOf).flatMap((value) => {
      if (typeof value === "string" || isList(value) || !Object.hasOwn(value, step)) return [];
      return [value[step] ?? ""];
    });
  }
  return found.flatMap(itemsOf).filter((value) => typeof value === "string");
}

function itemsOf(value: ParamValue): readonly ParamValue[] {
  return isList(value) ? value : [value];
}

function isList(value: ParamValue): value is readonly ParamValue[] {
  return Array.isArray(value);
}

/** Returns the resource that a parameter names by an ID, a name or an ARN. */
export function namedResource(
  scope: ArnScope,
  type: ResourceName,
  value: string,
): NamedResource & { readonly arn: string } {
  if (value.startsWith("arn:") && type !== "parameter" && type !== "secret") {
    return { type, id: value.slice(value.lastIndexOf("/") + 1), arn: value };
  }
  const id = idOf(scope, type, value);
  return { type, id, arn: arnOf(scope, type, id) };
}

function idOf({ region }: ArnScope, type: ResourceName, value: string): string {
  const among = <T extends { readonly name: string }>(all: ReadonlyMap<string, T & { readonly id: string }>) =>
    [...all.values()].find((each) => each.id === value || each.name === value);
  if (type === "key-pair") return among(region.keyPairs)?.name ?? value;
  if (type === "launch-template") return among(region.launchTemplates)?.id ?? value;
  if (type === "security-group") return among(region.securityGroups)?.id ?? value;
  if (type === "parameter") return plainName(value).replace(/:[^/:]*$/, "");
  if (type === "secret") {
    const secret = [...region.secrets.values()].find(({ name, arn }) => name === value || arn === value);
    return (secret?.arn ?? value).replace(/^.*:secret:/, "");
  }
  if (type === "key") return keyIdOf(value);
  // AWS's policies name a session by the ID of its caller (Systems Manager, "Quickstart end user policies for Session Manager").
  if (type === "session") {
    return value.replace(/^[^-]+/, region.portSessions.get(value)?.ownerId ?? "$&");
  }
  return value;
}

/** An alias stands for a key with an ID: policies name the key. */
function keyIdOf(value: string): string {
  if (!value.startsWith("alias/")) return value;
  const digits = createHash("sha256").update(value).digest("hex");
  return [8, 4, 4, 4, 12].map((length, index) => digits.slice(index * 12, index * 12 + length)).join("-");
}

/** Returns the type that an ID of EC2 shows, for calls that take any. */
export function typeOfId(id: string, fallback: ResourceName): ResourceName {
  if (id.startsWith("sir-")) return "spot-instances-request";
  if (id.startsWith("fleet-")) return "fleet";
  const kind = kindOf(id);
  return kind !== undefined && isResourceName(kind) ? kind : fallback;
}

/** Returns the scope of a call with the Region that a parameter names. */
export function scopeIn(
  call: ApiCall,
  regionFrom: string | undefined,
  regionOf: (name: string) => ArnScope["region"],
): ArnScope {
  const name = regionFrom === undefined ? undefined : valuesAt(call.params, regionFrom)[0];
  return name === undefined ? call : { cloud: call.cloud, region: regionOf(name) };
}
