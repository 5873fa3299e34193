import { get } from "node:https";
import { isIP } from "node:net";
import { messageOf } from "../core/errors.js";

/** Answers the address that a request comes from, as text (Amazon's own service; Packer asks it too). */
const SERVICE = "https://checkip.amazonaws.com/";

/** Milliseconds to wait for it. */
const PATIENCE = 10_000;

/** The address this machine is seen from on the internet; rejects when it cannot be known. Asked once for all builds. */
export function callerAddressFinder(service = SERVICE): (signal: AbortSignal) => Promise<string> {
  let asked: Promise<string> | undefined;
  return (signal) => {
    asked ??= ask(service, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]));
    return asked;
  };
}

function ask(service: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${service} did not tell this machine's address: ${why}`));
    const request = get(service, { signal }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text = (text + part).slice(0, 100);
      });
      response.on("end", () => {
        const address = text.trim();
        if (response.statusCode === 200 && isIP(address) > 0) resolve(address);
        else fail(`it answered ${response.statusCode}`);
      });
      response.on("error", (error) => fail(messageOf(error)));
    });
    request.on("error", (error) => fail(messageOf(error)));
  });
}
