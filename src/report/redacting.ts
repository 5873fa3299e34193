import type { Listener } from "../core/events.js";
import { type Redactor, redactEvent } from "./redact.js";

/** A listener that hears everything redacted; `secrets` learns every secret that is told before it is passed on. */
export function redacting(listener: Listener, secrets: Redactor): Listener {
  return (event) => {
    if (event.type === "secret") secrets.add(event.value);
    listener(redactEvent(event, secrets));
  };
}
