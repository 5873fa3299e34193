/** The escape character of OpenSSH's client, and what follows it. */
const TILDE = 0x7e;
const DOT = 0x2e;
const LINE_ENDS: readonly number[] = [0x0a, 0x0d];

/**
 * Returns a function that reads typed keys and returns those to send: `~.` at the beginning of a line calls `onQuit`, and `~~` there is one
 * tilde (ssh(1), "ESCAPE CHARACTERS").
 */
export function escapeReader(onQuit: () => void): (keys: Buffer) => Buffer {
  let isLineStart = true;
  let isHeld = false;
  return (keys) => {
    const sent: number[] = [];
    for (const key of keys) {
      if (isHeld) {
        isHeld = false;
        if (key === DOT) {
          onQuit();
          return Buffer.from(sent);
        }
        sent.push(TILDE);
        if (key !== TILDE) sent.push(key);
      } else if (isLineStart && key === TILDE) {
        isHeld = true;
        continue;
      } else sent.push(key);
      isLineStart = LINE_ENDS.includes(key);
    }
    return Buffer.from(sent);
  };
}
