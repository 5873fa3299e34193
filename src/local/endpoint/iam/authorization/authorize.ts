import type { ApiCall } from "../../call.js";
import { refusal } from "../../wire/errors.js";
import type { Params } from "../../wire/query.js";
import { type AccessDecision, decide } from "../policies/evaluate.js";
import { keyValues } from "./call-keys.js";
import { type DenyingService, denial } from "./denial.js";
import { type Principal, principalOf } from "./principal.js";
import { accessRequests, type CallToAuthorize, furtherRequest, launchRequests } from "./requests.js";
import type { CallRequest, Keys, NamedResource } from "./resources.js";

/**
 * Throws where the policies of the caller do not allow a call: UnauthorizedOperation of EC2, AccessDenied of the others. A caller without
 * policies may do everything, and is not asked about.
 */
export function authorize(call: ApiCall, service: DenyingService): void {
  const caller = principalOf(call.cloud, call.accessKeyId);
  if (caller.policies === undefined || call.accessKeyId === "") return;
  const requests = accessRequests({ call, service: service.name, caller });
  if (requests === undefined) {
    const action = `${service.name}:${call.action}`;
    throw refusal("InternalError", `The local cloud does not know what ${action} is authorized on.`, 500);
  }
  check({ call, service: service.name, caller }, service, requests);
}

const EC2: DenyingService = { name: "ec2", protocol: "ec2" };

/** Throws UnauthorizedOperation where the caller may not launch with these parameters, as one offer of a fleet. */
export function authorizeLaunch(call: ApiCall, params: Params): void {
  const caller = principalOf(call.cloud, call.accessKeyId);
  if (caller.policies === undefined) return;
  const given = { call, service: "ec2", caller };
  check(given, EC2, launchRequests(given, params));
}

function check({ call, caller }: CallToAuthorize, service: DenyingService, requests: readonly CallRequest[]): void {
  for (const request of requests) {
    const decision = decisionAbout(call, caller, request);
    if (!decision.isAllowed) throw denial(service, caller, request, decision);
  }
}

/** Decides about a request, and keeps it with its call. */
function decisionAbout(call: ApiCall, { policies }: Principal, request: CallRequest): AccessDecision {
  call.asked.push(request);
  const none = { identity: undefined, boundary: undefined, session: undefined };
  return decide(policies ?? none, { ...request, keys: keyValues(request.keys) });
}

/**
 * Returns whether the caller may do what a call needs only in some cases: delete the snapshots of an image, or use a KMS key. What AWS does
 * if not depends on the call.
 */
export function permits(call: ApiCall, action: string, resource: NamedResource, keys: Keys = {}): boolean {
  const caller = principalOf(call.cloud, call.accessKeyId);
  if (caller.policies === undefined) return true;
  const request = furtherRequest({ call, service: "", caller }, action, resource, keys);
  return decisionAbout(call, caller, request).isAllowed;
}
