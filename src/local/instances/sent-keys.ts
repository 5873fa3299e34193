/** Milliseconds for which an instance accepts a key (EC2 Instance Connect API reference, SendSSHPublicKey). */
const LIFETIME = 60_000;

/** Keys that EC2 Instance Connect has sent to one instance, which accepts each for a minute and for one user. */
export interface SentKeys {
  send(user: string, publicKey: string): void;
  /** `key`: type and data, as in `authorized_keys`. */
  accepts(user: string, key: string): boolean;
}

/** Returns the keys of an instance: none at first. `now`: milliseconds, of a clock that runs as that of the SSH clients does. */
export function sentKeys(now: () => number): SentKeys {
  const keys = new Map<string, number>();
  const nameOf = (user: string, key: string) => `${user} ${key.trim().split(/\s+/).slice(0, 2).join(" ")}`;
  return {
    send: (user, publicKey) => void keys.set(nameOf(user, publicKey), now() + LIFETIME),
    accepts: (user, key) => now() < (keys.get(nameOf(user, key)) ?? 0),
  };
}
