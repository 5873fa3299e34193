import type { Clock } from "../../core/clock.js";
import type { Debug } from "../../core/debug.js";
import { messageOf } from "../../core/errors.js";
import type { AwsCredentials } from "./config.js";

const MINUTE = 60_000;

/** The source of a session's keys. */
export interface CredentialSource {
  /**
   * Returns valid keys. Keys that expire soon are renewed while they are still returned, unless they are valid for less than `needed`
   * milliseconds. Rejects when there are none, or when they have expired and cannot be renewed.
   */
  current(needed?: number): Promise<AwsCredentials>;
  /** Discards keys that AWS reported as expired. Returns whether new ones can be fetched. */
  renew(): boolean;
  /** Whether keys are renewed automatically. */
  readonly renewable: boolean;
  /** The role whose keys these are; undefined if they are not of a role that this source assumes. */
  readonly roleArn?: string | undefined;
  /** Whether the profile of the environment (AWS_PROFILE) has these keys, so that a child process may read it too. */
  readonly ofProfile?: boolean | undefined;
}

/** Keys are renewed this long before they expire, so that a failed renewal can be repeated; milliseconds. */
const EARLY = 15 * MINUTE;
/** Keys that expire within this time are not used while new ones can be fetched. */
const MARGIN = MINUTE;
/** Pause after a failed renewal, while the earlier keys are valid. */
const PAUSE = 30_000;

/** Keys and the times about them, in milliseconds since the epoch. */
interface HeldKeys {
  readonly keys: AwsCredentials;
  readonly renewAt: number;
  /** From here on a call waits for the new keys. */
  readonly useUntil: number;
  readonly expiresAt: number;
  readonly pause: number;
}

/**
 * Returns a source that fetches keys once, and again some time before they expire. Parallel requests share one fetch. Keys are used until
 * they expire: a renewal that fails is repeated in the meantime.
 */
export function renewingSource(
  fetch: () => Promise<AwsCredentials>,
  clock: Pick<Clock, "now">,
  debug: Debug,
): CredentialSource {
  let held: HeldKeys | undefined;
  let pending: Promise<AwsCredentials> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;
  const fetchOnce = async (): Promise<AwsCredentials> => {
    try {
      const keys = await fetch();
      held = holdKeys(keys, clock.now());
      return keys;
    } catch (error) {
      failedAt = clock.now();
      throw error;
    } finally {
      pending = undefined;
    }
  };
  const request = (): Promise<AwsCredentials> => {
    pending ??= fetchOnce();
    return pending;
  };
  const renewOr = (old: HeldKeys): Promise<AwsCredentials> =>
    request().catch((error: unknown) => {
      if (clock.now() >= old.expiresAt) throw error;
      debug(() => `The credentials could not be renewed, and are used until they expire: ${messageOf(error)}`);
      return old.keys;
    });
  return {
    renewable: true,
    async current(needed = 0) {
      const now = clock.now();
      const old = held;
      if (old === undefined) return request();
      if (now < old.renewAt) return old.keys;
      const isPaused = now < failedAt + old.pause && now < old.useUntil;
      if (isPaused) return old.keys;
      const renewed = renewOr(old);
      if (now + needed >= old.useUntil) return renewed;
      renewed.catch(() => undefined);
      return old.keys;
    },
    renew() {
      held = undefined;
      return true;
    },
  };
}

/**
 * Returns when keys are renewed: for short sessions in proportion to their time. New keys that have expired by the clock of this host are
 * used: the clock is probably wrong, and AWS reports keys that have really expired.
 */
function holdKeys(keys: AwsCredentials, now: number): HeldKeys {
  const expiresAt = keys.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
  const time = expiresAt - now;
  if (time <= 0 || time === Number.POSITIVE_INFINITY) {
    const never = Number.POSITIVE_INFINITY;
    return { keys, renewAt: never, useUntil: never, expiresAt: never, pause: 0 };
  }
  return {
    keys,
    renewAt: expiresAt - Math.min(EARLY, time / 4),
    useUntil: expiresAt - Math.min(MARGIN, time / 20),
    expiresAt,
    pause: Math.min(PAUSE, time / 20),
  };
}

/** Returns a source of keys that cannot be renewed. */
export function fixedSource(keys: AwsCredentials): CredentialSource {
  return { renewable: false, current: async () => keys, renew: () => false };
}
