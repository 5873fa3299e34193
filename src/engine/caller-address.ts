import { get } from "node:https";
import { isIP } from "node:net";
import { openTransport } from "../aws/client/http.js";
import { systemClock } from "../core/clock.js";
import type { Debug } from "../core/debug.js";
import { messageOf } from "../core/errors.js";
import { logRequest } from "../core/request-log.js";
import type { Environment } from "../core/surroundings.js";

/** A service of Amazon that returns the caller's IP address as text. Packer uses it too. */
const SERVICE = "https://checkip.amazonaws.com/";

/** Timeout of a request, in milliseconds. */
const TIMEOUT = 10_000;

/** Milliseconds that an address is reused. A runner with several addresses may use another one later. */
const VALID = 10_000;

/** Returns the public IP address of this host. Throws when it cannot be determined. */
export type FetchAddress = (signal: AbortSignal) => Promise<string>;

/** Returns the same function with its requests in the debug log. */
export function loggedService(fetchAddress: FetchAddress, { debug }: { readonly debug: Debug }): FetchAddress {
  const log = { debug, clock: systemClock };
  return (signal) =>
    logRequest(
      log,
      `HTTP GET ${SERVICE}`,
      () => fetchAddress(signal),
      (address) => address,
    );
}

/** Returns a function that shares one request between builds; a failed request is repeated. `now` is in milliseconds. */
export function callerAddressFinder(fetchAddress: FetchAddress, now: () => number = Date.now): FetchAddress {
  let current: Promise<string> | undefined;
  let until = 0;
  return (signal) => {
    if (current !== undefined && now() < until) return current;
    const address = fetchAddress(AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]));
    current = address;
    until = now() + VALID;
    address.catch(() => {
      if (current === address) current = undefined;
    });
    return address;
  };
}

/**
 * Returns a function that fetches the address from a service, through the proxy of the environment. If SSH connects from another
 * address than this proxy, the user has to set `ssh-source-cidrs`.
 */
export function addressService(env: Environment, service = SERVICE): FetchAddress {
  return (signal) =>
    new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`Request to ${service} failed: ${why}`));
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
          else fail(`HTTP status ${response.statusCode}${response.statusCode === 200 ? " without an IP address" : ""}`);
        });
        response.on("error", (error) => fail(messageOf(error)));
      });
      request.on("error", (error) => fail(messageOf(error)));
      request.on("close", () => httpsAgent.destroy());
    });
}
