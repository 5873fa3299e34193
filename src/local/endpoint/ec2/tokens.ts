import type { ApiCall } from "../call.js";
import { refusal } from "../wire/errors.js";
import { fingerprint, text } from "../wire/query.js";

/**
 * The ids that an earlier call with the same client token created, or undefined. Throws IdempotentParameterMismatch when the token
 * comes with other parameters. (EC2 developer guide, "Ensuring idempotency".)
 *
 * @param scope the zone for which a token counts; a token without one counts for the region.
 */
export function recall(call: ApiCall, scope = ""): readonly string[] | undefined {
  const earlier = call.region.tokens.get(key(call, scope));
  if (earlier === undefined) return undefined;
  if (earlier.fingerprint !== fingerprint(call.params)) {
    throw refusal(
      "IdempotentParameterMismatch",
      "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
    );
  }
  return earlier.ids;
}

/** Remembers what a call created under its client token, if it has one. */
export function remember(call: ApiCall, ids: readonly string[], scope = ""): void {
  const token = text(call.params, "ClientToken");
  if (token !== undefined && token !== "") {
    call.region.tokens.set(key(call, scope), { fingerprint: fingerprint(call.params), ids });
  }
}

function key(call: ApiCall, scope: string): string {
  return JSON.stringify([call.action, scope, text(call.params, "ClientToken") ?? ""]);
}
