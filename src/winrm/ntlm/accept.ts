import { timingSafeEqual } from "node:crypto";
import type { NtlmChance } from "./login.js";
import {
  AV_ID,
  MIC_OFFSET,
  NTLM_FLAG,
  NtlmError,
  readAttributes,
  readAuthenticate,
  readNegotiate,
  utf16,
  writeAttributes,
  writeChallenge,
} from "./messages.js";
import { fileTime, hmacMd5, passwordKey } from "./proof.js";
import { rc4 } from "./rc4.js";
import { type NtlmSealer, ntlmSealer } from "./seal.js";

/** A login that a server accepted. */
export interface NtlmAcceptance {
  /** As the client wrote it. */
  readonly user: string;
  /** Undefined if the client did not request encryption. */
  readonly sealer: NtlmSealer | undefined;
}

/** The server's part of one login by NTLMv2 on one connection. */
export interface NtlmAcceptor {
  /** Returns the challenge. Throws an `NtlmError`. */
  challenge(negotiate: Buffer): Buffer;
  /** Throws an `NtlmError` if the proof is not that of the password. */
  accept(authenticate: Buffer): NtlmAcceptance;
}

const GRANTED =
  NTLM_FLAG.sign | NTLM_FLAG.seal | NTLM_FLAG.alwaysSign | NTLM_FLAG.bits128 | NTLM_FLAG.keyExchange | NTLM_FLAG.bits56;
const ALWAYS =
  NTLM_FLAG.unicode |
  NTLM_FLAG.requestTarget |
  NTLM_FLAG.ntlm |
  NTLM_FLAG.targetIsServer |
  NTLM_FLAG.extendedSecurity |
  NTLM_FLAG.targetInfo |
  NTLM_FLAG.version;

/** Bytes of the NTLMv2 response before the attributes of the target. */
const BLOB_HEAD = 44;

/** Returns the server's part of a login ([MS-NLMP] §3.2.5). `passwordOf` returns undefined for an unknown user. */
export function ntlmAcceptor(
  host: string,
  passwordOf: (user: string) => string | undefined,
  { randomBytes, now }: NtlmChance,
): NtlmAcceptor {
  const serverChallenge = randomBytes(8);
  let sent: readonly Buffer[] = [];
  return {
    challenge(negotiate) {
      const flags = (ALWAYS | (readNegotiate(negotiate) & GRANTED)) >>> 0;
      const name = utf16(host);
      const targetInfo = writeAttributes(
        new Map([
          [AV_ID.domainName, name],
          [AV_ID.computerName, name],
          [AV_ID.dnsDomainName, name],
          [AV_ID.dnsComputerName, name],
          [AV_ID.timestamp, fileTime(now)],
        ]),
      );
      const challenge = writeChallenge({ flags, serverChallenge, targetInfo }, host);
      sent = [negotiate, challenge];
      return challenge;
    },
    accept(authenticate) {
      if (sent.length === 0) throw new NtlmError("an NTLM message before its challenge");
      const { user, domain, ntResponse, encryptedSessionKey, flags } = readAuthenticate(authenticate);
      const password = passwordOf(user);
      if (password === undefined || ntResponse.length < BLOB_HEAD) throw new NtlmError("unknown user, or not NTLMv2");
      const key = passwordKey({ user, domain, password });
      const [proof, blob] = [ntResponse.subarray(0, 16), ntResponse.subarray(16)];
      if (!timingSafeEqual(proof, hmacMd5(key, serverChallenge, blob))) throw new NtlmError("wrong password");
      const baseKey = hmacMd5(key, proof);
      const exchange = (flags & NTLM_FLAG.keyExchange) !== 0 && encryptedSessionKey.length === 16;
      const sessionKey = exchange ? rc4(baseKey)(encryptedSessionKey) : baseKey;
      checkIntegrity(authenticate, readAttributes(ntResponse.subarray(BLOB_HEAD)), (message) =>
        hmacMd5(sessionKey, ...sent, message),
      );
      return { user, sealer: flags & NTLM_FLAG.seal ? ntlmSealer("server", sessionKey, flags) : undefined };
    },
  };
}

function checkIntegrity(
  message: Buffer,
  attributes: ReadonlyMap<number, Buffer>,
  codeOf: (message: Buffer) => Buffer,
): void {
  const flags = attributes.get(AV_ID.flags);
  if (flags?.length !== 4 || !(flags.readUInt32LE(0) & 2)) return;
  const blank = Buffer.from(message);
  blank.fill(0, MIC_OFFSET, MIC_OFFSET + 16);
  if (!timingSafeEqual(message.subarray(MIC_OFFSET, MIC_OFFSET + 16), codeOf(blank))) {
    throw new NtlmError("the integrity code of the login does not match");
  }
}
