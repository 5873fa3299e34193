import { createHash } from "node:crypto";
import type { Fingerprint, FingerprintInput } from "../core/run.js";
import type { ReadyBuild } from "../plan/plan.js";
import { type Parts, type PartsSetting, takeParts } from "./parts.js";

/** Raised when the same inputs make another image than before: what an old fingerprint says then no longer holds. */
const VERSION = 1;

/** Names may tell the time: that does not make two images different. */
const MAY_TELL_THE_TIME = new Set(["option ami_name"]);

/**
 * The fingerprint of a build. `first` and `second` are the build as planned at two other instants and with other random numbers:
 * what differs between them depends on time or chance and cannot be known again, unless it is only a name.
 */
export async function fingerprintOf(
  first: ReadyBuild,
  second: ReadyBuild,
  input: FingerprintInput,
  setting: PartsSetting,
): Promise<Fingerprint> {
  const [one, other] = [await takeParts(first, setting), await takeParts(second, setting)];
  if (!one.known) return one;
  const changing = other.known ? differences(one, other) : [];
  if (changing.length > 0) {
    return { known: false, why: `${changing.join(", ")} is different in every run (a time, or a random value)` };
  }
  const parts = { "source AMI": input.sourceImageId, ...one.parts };
  const hash = createHash("sha256").update(JSON.stringify([VERSION, Object.entries(parts)]));
  return { known: true, hash: hash.digest("hex"), parts };
}

function differences(one: Parts & { known: true }, other: Parts & { known: true }): string[] {
  const names = new Set([...Object.keys(one.parts), ...Object.keys(other.parts)]);
  return [...names].filter((name) => one.parts[name] !== other.parts[name] && !MAY_TELL_THE_TIME.has(name));
}
