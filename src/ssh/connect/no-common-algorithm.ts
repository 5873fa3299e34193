import {
  type AlgorithmChoice,
  CIPHERS,
  KEY_EXCHANGES,
  LEGACY_CIPHERS,
  LEGACY_KEY_EXCHANGES,
  offeredAlgorithms,
} from "./algorithms.js";

/** The algorithms that a server offers, by their kind (RFC 4253 §7.1). */
export interface ServerAlgorithms {
  readonly keyExchanges: readonly string[];
  readonly hostKeys: readonly string[];
  readonly ciphers: readonly string[];
  readonly macs: readonly string[];
}

/** Why the handshake fails, and what to do. */
export interface NoCommonAlgorithm {
  readonly problem: string;
  readonly hint: string;
}

/** Returns which kinds of algorithms the choice and the server have not in common; undefined when they have all. */
export function whyNoAlgorithm(choice: AlgorithmChoice, server: ServerAlgorithms): NoCommonAlgorithm | undefined {
  const missing = missingKinds(choice, server);
  if (missing.length === 0) return undefined;
  const problem = missing
    .map(({ kind, theirs, ours }) => `no common ${kind} (server: ${listed(theirs)}; bake-ami: ${listed(ours)})`)
    .join("; ");
  return { problem, hint: hintFor(choice, server) };
}

interface MissingKind {
  readonly kind: string;
  readonly theirs: readonly string[];
  readonly ours: readonly string[];
}

function missingKinds(choice: AlgorithmChoice, server: ServerAlgorithms): readonly MissingKind[] {
  const offered = offeredAlgorithms(choice, []);
  const kinds: readonly MissingKind[] = [
    { kind: "key exchange algorithm", theirs: server.keyExchanges, ours: offered.kex },
    { kind: "host key algorithm", theirs: server.hostKeys, ours: offered.serverHostKey },
    { kind: "cipher", theirs: server.ciphers, ours: offered.cipher },
    { kind: "message authentication code", theirs: server.macs, ours: offered.hmac },
  ];
  const cipher = offered.cipher.find((name) => server.ciphers.includes(name)) ?? "";
  return kinds.filter(({ kind, theirs, ours }) => {
    const isNeeded = kind !== "message authentication code" || !AUTHENTICATED.test(cipher);
    return isNeeded && !ours.some((name) => theirs.includes(name));
  });
}

/** Ciphers that need no message authentication code. */
const AUTHENTICATED = /gcm|poly1305/;

/** Named where a template has to request SHA-1 and the server has only newer key exchanges. */
const REQUESTS_SHA1 = "diffie-hellman-group14-sha1";

const NOTHING: AlgorithmChoice = { ciphers: [], keyExchanges: [] };

/** Returns the options with which the login is possible, if there are any. */
function hintFor(choice: AlgorithmChoice, server: ServerAlgorithms): string {
  if (missingKinds(NOTHING, server).length === 0) {
    const set = [
      ...(choice.ciphers.length > 0 ? ['"ssh_ciphers"'] : []),
      ...(choice.keyExchanges.length > 0 ? ['"ssh_key_exchange_algorithms"'] : []),
    ];
    return `Remove ${set.join(" and ")} from the template: the server has algorithms that are offered by default.`;
  }
  const update = "Update the SSH server of the image.";
  const { ciphers, keyExchanges } = needed(server);
  if (missingKinds({ ciphers, keyExchanges }, server).length > 0) return update;
  const settings = [
    ...(ciphers.length > 0 ? [`"ssh_ciphers" to ${list(ciphers)}`] : []),
    ...(keyExchanges.length > 0 ? [`"ssh_key_exchange_algorithms" to ${list(keyExchanges)}`] : []),
  ];
  return `${update} To connect to it as it is, set ${settings.join(" and ")}: with SHA-1 key exchanges and CBC ciphers, hmac-sha1 and ssh-rsa are offered too.`;
}

/** Returns the options that differ from the defaults as little as the server needs. */
function needed(server: ServerAlgorithms): AlgorithmChoice {
  const offered = offeredAlgorithms(NOTHING, []);
  const hasCipher = common(offered.cipher, server.ciphers).length > 0;
  const ciphers = hasCipher ? [] : common([...CIPHERS, ...LEGACY_CIPHERS], server.ciphers);
  const all = common([...KEY_EXCHANGES, ...LEGACY_KEY_EXCHANGES], server.keyExchanges);
  const keyExchanges = common(LEGACY_KEY_EXCHANGES, all).length > 0 ? all : [...all, REQUESTS_SHA1];
  const isNeeded = ciphers.length === 0 || common(offered.kex, server.keyExchanges).length === 0;
  return { ciphers, keyExchanges: isNeeded ? keyExchanges : [] };
}

function common(ours: readonly string[], theirs: readonly string[]): readonly string[] {
  return ours.filter((name) => theirs.includes(name));
}

function listed(names: readonly string[]): string {
  return names.length > 0 ? names.join(", ") : "none";
}

function list(names: readonly string[]): string {
  return `[${names.map((name) => `"${name}"`).join(", ")}]`;
}
