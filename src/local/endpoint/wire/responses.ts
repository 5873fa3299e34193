import type { Service } from "../services.js";
import type { ServiceError } from "./errors.js";
import { element, type Members, members } from "./xml.js";

/** An HTTP response of the endpoint. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const XML = { "content-type": "text/xml;charset=UTF-8" };
const JSON_TYPE = { "content-type": "application/x-amz-json-1.1" };
const PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** The response with what a handler returned, in the service's protocol. */
export function successResponse(service: Service, action: string, answer: Members, requestId: string): HttpResponse {
  if (service.protocol === "json") {
    return { status: 200, headers: { ...JSON_TYPE, "x-amzn-requestid": requestId }, body: JSON.stringify(answer) };
  }
  const inner =
    service.protocol === "ec2"
      ? element("requestId", requestId, "item") + members(answer, "item")
      : element(`${action}Result`, answer, "member") + element("ResponseMetadata", { RequestId: requestId }, "member");
  const body = `${PROLOGUE}<${action}Response xmlns="${service.namespace}">${inner}</${action}Response>`;
  return { status: 200, headers: XML, body };
}

/** The response with an error, in the service's protocol. */
export function errorResponse(service: Service, error: ServiceError, requestId: string): HttpResponse {
  const { code, message, status } = error;
  if (service.protocol === "json") {
    const body = JSON.stringify({ __type: code, message: message || undefined });
    return { status, headers: { ...JSON_TYPE, "x-amzn-errortype": code, "x-amzn-requestid": requestId }, body };
  }
  if (service.protocol === "ec2") {
    const inner = element("Errors", { Error: { Code: code, Message: message } }, "item");
    return {
      status,
      headers: XML,
      body: `${PROLOGUE}<Response>${inner}${element("RequestID", requestId, "item")}</Response>`,
    };
  }
  const inner = element(
    "Error",
    { Type: status < 500 ? "Sender" : "Receiver", Code: code, Message: message },
    "member",
  );
  const body = `${PROLOGUE}<ErrorResponse xmlns="${service.namespace}">${inner}${element("RequestId", requestId, "member")}</ErrorResponse>`;
  return { status, headers: XML, body };
}
