/** The accounts of a Windows instance. Names of users are compared without regard to case. */
export interface Accounts {
  /** Returns the password; undefined for an unknown user. A domain or host name in front of the name does not count. */
  passwordOf(user: string): string | undefined;
}

/** What user data runs to set a password: net.exe, the cmdlets for local users, and the `SetPassword` method of ADSI. */
const SETS_PASSWORD = [
  /\bnet1?(?:\.exe)?\s+user\s+["']?([\w.-]+)["']?\s+(?:"([^"\r\n]*)"|'([^'\r\n]*)'|([^\s/]\S*))/gi,
  /\b(?:Set|New)-LocalUser\b[^\r\n]*?-Name\s+["']?([\w.-]+)["']?[^\r\n]*?ConvertTo-SecureString\b[^\r\n]*?(?:"([^"\r\n]*)"|'([^'\r\n]*)')/gi,
  /WinNT:\/\/[^"'\r\n]*?\/([\w.-]+)(?:,\s*user)?["'][\s\S]{0,300}?SetPassword["']?\s*[,(]\s*["']?\s*(?:"([^"\r\n]*)"|'([^'\r\n]*)'|([^"'\s)]+))/gi,
];

/**
 * Returns the accounts of an instance: the administrator with the password that EC2Launch sets, and those whose passwords the user data
 * sets in plain text.
 */
export function accountsOf(password: string, userData: string | undefined): Accounts {
  const passwords = new Map([["administrator", password]]);
  for (const pattern of SETS_PASSWORD) {
    for (const [, user, quoted, single, bare] of (userData ?? "").matchAll(pattern)) {
      const given = quoted ?? single ?? bare;
      if (user !== undefined && given !== undefined && !/^\$/.test(given)) passwords.set(user.toLowerCase(), given);
    }
  }
  return {
    passwordOf: (user) =>
      passwords.get(
        user
          .replace(/^[^\\]*\\/, "")
          .replace(/@.*$/, "")
          .toLowerCase(),
      ),
  };
}
