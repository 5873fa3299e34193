import {
  AV_ID,
  MIC_OFFSET,
  NTLM_FLAG,
  NtlmError,
  REQUESTED_FLAGS,
  readAttributes,
  readChallenge,
  writeAttributes,
  writeAuthenticate,
  writeNegotiate,
} from "./messages.js";
import { fileTime, hmacMd5, lmProofOf, type NtlmAccount, passwordKey, proofOf } from "./proof.js";
import { rc4 } from "./rc4.js";
import { type NtlmSealer, ntlmSealer } from "./seal.js";

/** Randomness and time of a login. */
export interface NtlmChance {
  /** Returns random bytes that nobody can predict. */
  readonly randomBytes: (length: number) => Buffer;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The last message of a client, and the sealer of the session; undefined if the server does not encrypt. */
export interface NtlmReply {
  readonly message: Buffer;
  readonly sealer: NtlmSealer | undefined;
}

/** One login by NTLMv2 on one connection: the first message, then the reply to the server's challenge. */
export interface NtlmLogin {
  readonly negotiate: Buffer;
  /** Throws an `NtlmError` if the challenge is not one of NTLMv2. */
  reply(challenge: Buffer): NtlmReply;
}

const MIC_PRESENT = 2;

/** Starts a login ([MS-NLMP] §3.1.5). */
export function startNtlmLogin(account: NtlmAccount, { randomBytes, now }: NtlmChance): NtlmLogin {
  const negotiate = writeNegotiate();
  return {
    negotiate,
    reply(received) {
      const challenge = readChallenge(received);
      const flags = (challenge.flags & REQUESTED_FLAGS) >>> 0;
      if (!(flags & NTLM_FLAG.extendedSecurity)) throw new NtlmError("the server does not support NTLMv2");
      const attributes = new Map(readAttributes(challenge.targetInfo));
      const timestamp = attributes.get(AV_ID.timestamp);
      if (timestamp && timestamp.length !== 8) throw new NtlmError("the time of the server has not 8 bytes");
      if (timestamp) attributes.set(AV_ID.flags, micPresent(attributes.get(AV_ID.flags)));
      const key = passwordKey(account);
      const clientChallenge = randomBytes(8);
      const { serverChallenge } = challenge;
      const { ntResponse, baseKey } = proofOf(key, {
        serverChallenge,
        clientChallenge,
        time: timestamp ?? fileTime(now),
        targetInfo: writeAttributes(attributes),
      });
      const exchange = (flags & NTLM_FLAG.keyExchange) !== 0;
      const sessionKey = exchange ? randomBytes(16) : baseKey;
      const message = writeAuthenticate({
        flags,
        domain: account.domain,
        user: account.user,
        workstation: "",
        lmResponse: timestamp ? Buffer.alloc(24) : lmProofOf(key, serverChallenge, clientChallenge),
        ntResponse,
        encryptedSessionKey: exchange ? rc4(baseKey)(sessionKey) : Buffer.alloc(0),
      });
      if (timestamp) hmacMd5(sessionKey, negotiate, received, message).copy(message, MIC_OFFSET);
      return { message, sealer: flags & NTLM_FLAG.seal ? ntlmSealer("client", sessionKey, flags) : undefined };
    },
  };
}

function micPresent(flags: Buffer | undefined): Buffer {
  const value = Buffer.alloc(4);
  value.writeUInt32LE(((flags?.length === 4 ? flags.readUInt32LE(0) : 0) | MIC_PRESENT) >>> 0);
  return value;
}
