/** Flags of NTLM ([MS-NLMP] §2.2.2.5) that are used here. */
export const NTLM_FLAG = {
  unicode: 0x1,
  requestTarget: 0x4,
  sign: 0x10,
  seal: 0x20,
  ntlm: 0x200,
  alwaysSign: 0x8000,
  targetIsServer: 0x20000,
  extendedSecurity: 0x80000,
  targetInfo: 0x800000,
  version: 0x2000000,
  bits128: 0x20000000,
  keyExchange: 0x40000000,
  bits56: 0x80000000,
} as const;

/** What the client requests: NTLMv2 with signatures, and encryption with keys of 128 bits. */
export const REQUESTED_FLAGS =
  (NTLM_FLAG.unicode |
    NTLM_FLAG.requestTarget |
    NTLM_FLAG.sign |
    NTLM_FLAG.seal |
    NTLM_FLAG.ntlm |
    NTLM_FLAG.alwaysSign |
    NTLM_FLAG.extendedSecurity |
    NTLM_FLAG.targetInfo |
    NTLM_FLAG.version |
    NTLM_FLAG.bits128 |
    NTLM_FLAG.keyExchange |
    NTLM_FLAG.bits56) >>>
  0;

/** Attributes of a target ([MS-NLMP] §2.2.2.1). */
export const AV_ID = {
  end: 0,
  computerName: 1,
  domainName: 2,
  dnsComputerName: 3,
  dnsDomainName: 4,
  flags: 6,
  timestamp: 7,
} as const;

const SIGNATURE = Buffer.from("NTLMSSP\0", "latin1");
/** Windows 10 (build 20348), NTLM revision 15 ([MS-NLMP] §2.2.2.10). */
const VERSION = Buffer.from([10, 0, 0x7c, 0x4f, 0, 0, 0, 15]);

/** The message is not one of NTLM, or not the expected one. */
export class NtlmError extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = "NtlmError";
  }
}

/** Returns the NEGOTIATE_MESSAGE ([MS-NLMP] §2.2.1.1). */
export function writeNegotiate(flags = REQUESTED_FLAGS): Buffer {
  const message = Buffer.alloc(40);
  begin(message, 1);
  message.writeUInt32LE(flags, 12);
  message.writeUInt32LE(40, 20);
  message.writeUInt32LE(40, 28);
  VERSION.copy(message, 32);
  return message;
}

/** Returns the flags of a NEGOTIATE_MESSAGE. Throws an `NtlmError`. */
export function readNegotiate(message: Buffer): number {
  expectType(message, 1, 16);
  return message.readUInt32LE(12);
}

/** The used part of a CHALLENGE_MESSAGE ([MS-NLMP] §2.2.1.2). */
export interface NtlmChallenge {
  readonly flags: number;
  /** Eight random bytes. */
  readonly serverChallenge: Buffer;
  /** Attributes of the server, as they were sent. */
  readonly targetInfo: Buffer;
}

export function writeChallenge({ flags, serverChallenge, targetInfo }: NtlmChallenge, name: string): Buffer {
  const target = utf16(name);
  const head = Buffer.alloc(56);
  begin(head, 2);
  writeField(head, 12, target.length, 56);
  head.writeUInt32LE(flags >>> 0, 20);
  serverChallenge.copy(head, 24);
  writeField(head, 40, targetInfo.length, 56 + target.length);
  VERSION.copy(head, 48);
  return Buffer.concat([head, target, targetInfo]);
}

/** Throws an `NtlmError`. */
export function readChallenge(message: Buffer): NtlmChallenge {
  expectType(message, 2, 48);
  return {
    flags: message.readUInt32LE(20),
    serverChallenge: Buffer.from(message.subarray(24, 32)),
    targetInfo: readField(message, 40),
  };
}

/** The used part of an AUTHENTICATE_MESSAGE ([MS-NLMP] §2.2.1.3). */
export interface NtlmAuthenticate {
  readonly flags: number;
  readonly lmResponse: Buffer;
  readonly ntResponse: Buffer;
  readonly domain: string;
  readonly user: string;
  readonly workstation: string;
  readonly encryptedSessionKey: Buffer;
}

/** Offset of the message integrity code in an AUTHENTICATE_MESSAGE. */
export const MIC_OFFSET = 72;

/** Returns the message with an integrity code of zeros. */
export function writeAuthenticate(given: NtlmAuthenticate): Buffer {
  const head = Buffer.alloc(88);
  begin(head, 3);
  head.writeUInt32LE(given.flags >>> 0, 60);
  VERSION.copy(head, 64);
  const fields = [
    [28, utf16(given.domain)],
    [36, utf16(given.user)],
    [44, utf16(given.workstation)],
    [12, given.lmResponse],
    [20, given.ntResponse],
    [52, given.encryptedSessionKey],
  ] as const;
  let offset = head.length;
  for (const [at, value] of fields) {
    writeField(head, at, value.length, offset);
    offset += value.length;
  }
  return Buffer.concat([head, ...fields.map(([, value]) => value)]);
}

/** Throws an `NtlmError`. */
export function readAuthenticate(message: Buffer): NtlmAuthenticate {
  expectType(message, 3, 64);
  const text = (at: number) => readField(message, at).toString("utf16le");
  return {
    flags: message.readUInt32LE(60),
    lmResponse: readField(message, 12),
    ntResponse: readField(message, 20),
    domain: text(28),
    user: text(36),
    workstation: text(44),
    encryptedSessionKey: readField(message, 52),
  };
}

/** Returns attributes of a target in their order. Stops at the end mark. Throws an `NtlmError`. */
export function readAttributes(info: Buffer): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= info.length; ) {
    const [id, length] = [info.readUInt16LE(at), info.readUInt16LE(at + 2)];
    if (id === AV_ID.end) break;
    if (at + 4 + length > info.length) throw new NtlmError("an attribute is longer than the message");
    found.set(id, info.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

export function writeAttributes(attributes: ReadonlyMap<number, Uint8Array>): Buffer {
  const pieces = [...attributes].flatMap(([id, value]) => {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(id, 0);
    head.writeUInt16LE(value.length, 2);
    return [head, value];
  });
  return Buffer.concat([...pieces, Buffer.alloc(4)]);
}

export function utf16(text: string): Buffer {
  return Buffer.from(text, "utf16le");
}

function begin(message: Buffer, type: number): void {
  SIGNATURE.copy(message);
  message.writeUInt32LE(type, 8);
}

function expectType(message: Buffer, type: number, shortest: number): void {
  if (message.length < shortest || !message.subarray(0, 8).equals(SIGNATURE) || message.readUInt32LE(8) !== type) {
    throw new NtlmError(`not an NTLM message of type ${type}`);
  }
}

function writeField(message: Buffer, at: number, length: number, offset: number): void {
  message.writeUInt16LE(length, at);
  message.writeUInt16LE(length, at + 2);
  message.writeUInt32LE(offset, at + 4);
}

function readField(message: Buffer, at: number): Buffer {
  const [length, offset] = [message.readUInt16LE(at), message.readUInt32LE(at + 4)];
  if (offset + length > message.length) throw new NtlmError("a field is longer than the message");
  return Buffer.from(message.subarray(offset, offset + length));
}
