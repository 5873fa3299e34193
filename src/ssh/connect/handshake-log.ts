import { type Debug, isLogged } from "../../core/debug.js";

/** Lines of one handshake: a server must not fill the log. */
const MOST_LINES = 500;

/** Lines that are logged after the login too: why the connection ended. */
const AFTER_LOGIN = /DISCONNECT|^Socket (error|ended|closed)/;

/** The log of one connection. */
export interface HandshakeLog {
  /** For ssh2: undefined if the log is off, because ssh2 builds a text for each packet. */
  readonly write: ((text: string) => void) | undefined;
  /** Called after the login. The packets of sessions are not logged: they have commands and data. */
  loggedIn(): void;
}

/** Returns the log of a handshake: algorithms, host key and the authentication methods, as ssh2 reports them. */
export function handshakeLog(debug: Debug): HandshakeLog {
  let lines = 0;
  let during = true;
  return {
    write: isLogged(debug)
      ? (text) => {
          if (lines >= MOST_LINES || !(during || AFTER_LOGIN.test(text))) return;
          lines += 1;
          debug(() => `SSH: ${text}`);
        }
      : undefined,
    loggedIn() {
      during = false;
    },
  };
}
