import { childrenOf, escapeXml, findElement, readXml, type XmlElement } from "../../winrm/wire/xml.js";

/** A request of WS-Management, as far as shells need it ([MS-WSMV] 3.1.4). */
export interface ServedRequest {
  /** Last part of the action: Create, Command, Send, Receive, Signal or Delete. */
  readonly operation: string;
  readonly messageId: string;
  readonly shellId: string | undefined;
  /** OperationTimeout in milliseconds. */
  readonly timeout: number;
  readonly options: ReadonlyMap<string, string>;
  readonly body: XmlElement;
}

/** Windows uses 60 s where a request has no OperationTimeout, or more (`MaxTimeoutms`). */
const LONGEST_TIMEOUT = 60_000;

/** Reads a request. Throws an `XmlError` for text that is not XML, and an `Error` for another document. */
export function readRequest(text: string): ServedRequest {
  const root = readXml(text);
  const [header] = childrenOf(root, "Header");
  const [body] = childrenOf(root, "Body");
  if (root.name !== "Envelope" || header === undefined || body === undefined) throw new Error("not a SOAP envelope");
  const selectors = findElement(header, "SelectorSet");
  const selector =
    selectors && childrenOf(selectors, "Selector").find((each) => each.attributes.get("Name") === "ShellId");
  const options = findElement(header, "OptionSet");
  return {
    operation: (findElement(header, "Action")?.text ?? "").trim().split("/").at(-1) ?? "",
    messageId: findElement(header, "MessageID")?.text.trim() ?? "",
    shellId: selector?.text.trim(),
    timeout: milliseconds(findElement(header, "OperationTimeout")?.text),
    options: new Map(
      (options ? childrenOf(options, "Option") : []).map(({ attributes, text: value }) => [
        attributes.get("Name") ?? "",
        value.trim(),
      ]),
    ),
    body,
  };
}

/** Reads a duration such as `PT60S` or `PT1M30.5S` (XML Schema), at most what Windows waits. */
function milliseconds(duration: string | undefined): number {
  const [, hours, minutes, seconds] =
    /^P(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6}(?:\.\d{1,6})?)S)?)$/.exec(duration?.trim() ?? "") ?? [];
  const total = (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)) * 1000;
  return total > 0 ? Math.min(total, LONGEST_TIMEOUT) : LONGEST_TIMEOUT;
}

const NAMESPACES =
  'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell" xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd" xmlns:x="http://schemas.xmlsoap.org/ws/2004/09/transfer" xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"';

/** Returns the response to a request. `id`: of the message, a UUID. */
export function writeResponse(request: ServedRequest, body: string, id: string): string {
  const base =
    request.operation === "Create" || request.operation === "Delete"
      ? "http://schemas.xmlsoap.org/ws/2004/09/transfer"
      : "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
  return envelope(`${base}/${request.operation}Response`, request.messageId, body, id);
}

/** A fault as Windows returns it: its number (MS-WSMV 2.2.4.43), subcode and text. */
export class ServedFault extends Error {
  readonly code: number;
  readonly subcode: string;

  constructor(code: number, subcode: string, message: string) {
    super(message);
    this.name = "ServedFault";
    this.code = code;
    this.subcode = subcode;
  }
}

/** Returns the response for a fault. */
export function writeFault(messageId: string, { code, subcode, message }: ServedFault, id: string): string {
  const text = escapeXml(message);
  const body = `<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>${subcode}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en-US">${text}</s:Text></s:Reason><s:Detail><f:WSManFault Code="${code}"><f:Message>${text}</f:Message></f:WSManFault></s:Detail></s:Fault>`;
  return envelope("http://schemas.dmtf.org/wbem/wsman/1/wsman/fault", messageId, body, id);
}

function envelope(action: string, relatesTo: string, body: string, id: string): string {
  return `<s:Envelope ${NAMESPACES}><s:Header><a:Action>${action}</a:Action><a:MessageID>uuid:${id}</a:MessageID><a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To><a:RelatesTo>${escapeXml(relatesTo)}</a:RelatesTo></s:Header><s:Body>${body}</s:Body></s:Envelope>`;
}
