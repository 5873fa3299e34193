import type { LookupRequest, Lookups } from "./lookups.js";

/** Lookups that remember which requests were pending; each of them once. */
export function recordPending(lookups: Lookups): { lookups: Lookups; pending(): readonly LookupRequest[] } {
  const pending = new Map<string, LookupRequest>();
  const ask: Lookups["ask"] = (request) => {
    const answer = lookups.ask(request);
    if (answer.state === "pending") pending.set(JSON.stringify(request), request);
    return answer;
  };
  return { lookups: { ...lookups, ask }, pending: () => [...pending.values()] };
}
