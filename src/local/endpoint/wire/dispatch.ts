import { type ApiCall, endDryRun } from "../call.js";
import { type Cloud, cloudOf, regionOf } from "../cloud.js";
import { isEnabled } from "../ec2/known-regions.js";
import { authorize } from "../iam/authorization/authorize.js";
import type { CallRequest } from "../iam/authorization/resources.js";
import type { Service } from "../services.js";
import { isExpired } from "../sts/sessions.js";
import { refusal, type ServiceError } from "./errors.js";
import type { ApiRequest } from "./request.js";
import type { Members } from "./xml.js";

/** Runs an API request. Throws a ServiceError of the service for all that it refuses. `asked` gets what IAM is asked about it. */
export async function dispatch(main: Cloud, request: ApiRequest, asked: CallRequest[]): Promise<Members> {
  const { service, action, params, accessKeyId, host } = request;
  const cloud = cloudOf(main, accessKeyId);
  checkCaller(cloud, request);
  const handler = Object.hasOwn(service.actions, action) ? service.actions[action] : undefined;
  if (handler === undefined) throw unknownAction(service, action);
  const call: ApiCall = { cloud, region: regionOf(cloud, request.region), action, params, accessKeyId, host, asked };
  authorize(call, service);
  const result = await handler(call);
  // Handlers that change nothing leave the end of a dry run to here.
  if (service.name === "ec2") endDryRun(call);
  return result;
}

function unknownAction(service: Service, action: string): ServiceError {
  if (service.protocol === "json") {
    return refusal("UnknownOperationException", `The operation ${action} is not known to the local cloud.`);
  }
  const message = `The action ${action} is not valid for this web service: the local cloud does not have it.`;
  return refusal("InvalidAction", message);
}

/** Who may call at all: a region in use, and credentials that are not past their time. */
function checkCaller(cloud: Cloud, { service, region, accessKeyId, action }: ApiRequest): void {
  if (accessKeyId === "" && !action.startsWith("AssumeRoleWith")) {
    throw refusal("MissingAuthenticationToken", "Request is missing Authentication Token", 403);
  }
  if (!isEnabled(cloud, region)) {
    throw service.name === "ec2"
      ? refusal("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
      : refusal("UnrecognizedClientException", "The security token included in the request is invalid.", 403);
  }
  if (isExpired(cloud, accessKeyId)) {
    if (service.name === "ec2") throw refusal("RequestExpired", "Request has expired.");
    const code = service.protocol === "json" ? "ExpiredTokenException" : "ExpiredToken";
    throw refusal(
      code,
      "The security token included in the request is expired",
      service.protocol === "json" ? 400 : 403,
    );
  }
}
