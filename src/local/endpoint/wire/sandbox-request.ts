import { RequestFault } from "../../sandboxes.js";
import type { Control } from "./control.js";
import { ServiceError } from "./errors.js";
import { applyFault, NoResponse } from "./faults.js";

/** The service of requests to instances in the record of calls. */
const SERVICE = "instance";

/**
 * Serves a request that an instance got, and lists it with the API calls, so that faults can be set for it. Rejects with a `RequestFault`
 * where a fault replaces the response, and as `serve` does.
 */
export async function serveSandboxRequest<T>(
  { cloud, log, faults }: Control,
  clientPid: number | undefined,
  action: string,
  serve: () => Promise<T>,
): Promise<T> {
  const at = cloud.time.now();
  const record = log.begin({ at, service: SERVICE, region: "", action, params: {}, requestId: "" });
  const fault = faults.next(record);
  const began = performance.now();
  try {
    if (fault !== undefined && fault.when !== "after") await applyFault(fault, clientPid);
    const result = await serve();
    if (fault?.when === "after") await applyFault(fault, clientPid);
    record.status = 200;
    return result;
  } catch (error) {
    if (error instanceof NoResponse) {
      record.error = error.how;
      throw new RequestFault(undefined);
    }
    if (!(error instanceof ServiceError)) throw error;
    record.status = error.status;
    record.error = error.code;
    throw new RequestFault(error.status);
  } finally {
    record.took = performance.now() - began;
  }
}
