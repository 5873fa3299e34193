import { get } from "node:https";
import { isIP } from "node:net";
import { openTransport } from "../aws/client/http.js";
import { messageOf } from "../core/errors.js";
import type { Environment } from "../core/surroundings.js";

/** Returns the address that a request comes from, as text (Amazon's own service; Packer asks it too). */
const SERVICE = "https://checkip.amazonaws.com/";

/** Milliseconds to wait for it. */
const PATIENCE = 10_000;

/** An address is valid for so long, in milliseconds: a runner with several addresses may use another one later. */
const VALID = 10_000;

/** Asks for the address that this machine is seen from on the internet; rejects when it cannot be known. */
export type AskAddress = (signal: AbortSignal) => Promise<string>;

/** Builds that ask at the same time share one request; what failed is asked again. `now` in milliseconds. */
export function callerAddressFinder(ask: AskAddress, now: () => number = Date.now): AskAddress {
  let asked: Promise<string> | undefined;
  let until = 0;
  return (signal) => {
    if (asked !== undefined && now() < until) return asked;
    const answer = ask(AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]));
    asked = answer;
    until = now() + VALID;
    answer.catch(() => {
      if (asked === answer) asked = undefined;
    });
    return answer;
  };
}

/**
 * Asks a service that returns the address as text, through the proxy that the environment names: where SSH does not take the same
 * way out, `ssh-source-cidrs` says which.
 */
export function addressService(env: Environment, service = SERVICE): AskAddress {
  return (signal) =>
    new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${service} did not tell this machine's address: ${why}`));
      const { httpsAgent } = openTransport(env, false);
      const request = get(service, { signal, agent: httpsAgent }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          text = (text + part).slice(0, 100);
        });
        response.on("end", () => {
          const address = text.trim();
          if (response.statusCode === 200 && isIP(address) > 0) resolve(address);
          else fail(`it answered ${response.statusCode}${response.statusCode === 200 ? " without an address" : ""}`);
        });
        response.on("error", (error) => fail(messageOf(error)));
      });
      request.on("error", (error) => fail(messageOf(error)));
      request.on("close", () => httpsAgent.destroy());
    });
}
