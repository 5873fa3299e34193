import type { Service } from "../services.js";
import type { ServiceError } from "./errors.js";
import { element, type Members, members } from "./xml.js";

/** An HTTP response of the endpoint. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The headers of a response. AWS returns the request ID in a header in every protocol. */
function headersOf(service: Service, requestId: string): Readonly<Record<string, string>> {
  const type = service.protocol === "json" ? "application/x-amz-json-1.1" : "text/xml;charset=UTF-8";
  return { "content-type": type, "x-amzn-requestid": requestId };
}

const PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** The response with what a handler returned, in the service's protocol. */
export function successResponse(service: Service, action: string, response: Members, requestId: string): HttpResponse {
  const headers = headersOf(service, requestId);
  if (service.protocol === "json") return { status: 200, headers, body: JSON.stringify(response) };
  const inner =
    service.protocol === "ec2"
      ? element("requestId", requestId, "item") + members(response, "item")
      : element(`${action}Result`, response, "member") +
        element("ResponseMetadata", { RequestId: requestId }, "member");
  const body = `${PROLOGUE}<${action}Response xmlns="${service.namespace}">${inner}</${action}Response>`;
  return { status: 200, headers, body };
}

/** The response with an error, in the service's protocol. */
export function errorResponse(service: Service, error: ServiceError, requestId: string): HttpResponse {
  const { code, message, status } = error;
  const headers = headersOf(service, requestId);
  if (service.protocol === "json") {
    const body = JSON.stringify({ __type: code, message: message || undefined });
    return { status, headers: { ...headers, "x-amzn-errortype": code }, body };
  }
  if (service.protocol === "ec2") {
    const inner = element("Errors", { Error: { Code: code, Message: message } }, "item");
    return {
      status,
      headers,
      body: `${PROLOGUE}<Response>${inner}${element("RequestID", requestId, "item")}</Response>`,
    };
  }
  const inner = element(
    "Error",
    { Type: status < 500 ? "Sender" : "Receiver", Code: code, Message: message },
    "member",
  );
  const body = `${PROLOGUE}<ErrorResponse xmlns="${service.namespace}">${inner}${element("RequestId", requestId, "member")}</ErrorResponse>`;
  return { status, headers, body };
}
