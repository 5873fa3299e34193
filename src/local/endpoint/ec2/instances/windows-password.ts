import { randomInt } from "node:crypto";

/** Characters of each class that Windows asks of a password. Those that look alike are left out, as EC2Launch does. */
const CLASSES = ["ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnopqrstuvwxyz", "23456789", "!@#$%&*()-=.,;?"] as const;

/** EC2Launch makes passwords of this length. */
const LENGTH = 32;

/**
 * Returns a random password as EC2Launch sets it for the administrator of a new instance: 32 characters, of which the classes of the
 * password policy of Windows take turns, and the first is a letter.
 */
export function newWindowsPassword(): string {
  return Array.from({ length: LENGTH }, (_, index) => {
    const characters = CLASSES[index % CLASSES.length] ?? CLASSES[0];
    return characters[randomInt(characters.length)];
  }).join("");
}
