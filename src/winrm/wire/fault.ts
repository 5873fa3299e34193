import { plainLine } from "../../core/plain.js";
import { findElement, type XmlElement } from "./xml.js";

/** Codes of faults that are acted on ([MS-WSMV] 2.2.4.43; the names are those of `wsmerror.h`). */
export const FAULT = {
  /** The operation did not end within its time: request it again. */
  operationTimeout: 2150858793,
  /** The shell or the command does not exist (any more). */
  shellNotFound: 2150858843,
  /** The request is larger than `MaxEnvelopeSizekb`. */
  requestTooLarge: 2150858823,
  /** `MaxShellsPerUser` is reached. */
  tooManyShells: 2150859173,
  /** `MaxConcurrentOperationsPerUser` is reached. */
  tooManyOperations: 2150859174,
  accessDenied: 5,
  wrongPassword: 1326,
} as const;

/** The service returned a fault. */
export class WsmanFault extends Error {
  readonly code: number | undefined;

  constructor(code: number | undefined, message: string) {
    super(code === undefined ? message : `${message} (${code})`);
    this.name = "WsmanFault";
    this.code = code;
  }
}

/** Longest text of a fault that is kept. */
const LONGEST = 600;

/** Returns the fault in a SOAP body; undefined if it has none. */
export function readFault(body: XmlElement): WsmanFault | undefined {
  const fault = findElement(body, "Fault");
  if (!fault) return undefined;
  const detail = findElement(fault, "WSManFault") ?? findElement(fault, "ProviderFault");
  const code = Number.parseInt(detail?.attributes.get("Code") ?? "", 10);
  const message = detail && findElement(detail, "Message");
  const reason = findElement(fault, "Reason");
  const text = (message && deepText(message)) || (reason && deepText(reason)) || "a fault without a text";
  const line = plainLine(text).trim().replace(/\s+/g, " ").replace(/\.$/, "");
  return new WsmanFault(
    Number.isNaN(code) ? undefined : code,
    line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line,
  );
}

function deepText(element: XmlElement): string {
  return [element.text, ...element.children.map(deepText)].join(" ").trim();
}
