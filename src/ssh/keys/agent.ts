import { createConnection } from "node:net";
import { wireReader, wireString, wireUint32 } from "./wire.js";

/** A public key or certificate that an ssh-agent signs for. */
export interface AgentIdentity {
  readonly blob: Buffer;
  readonly comment: string;
}

/** Message numbers and flags of the protocol (draft-ietf-sshm-ssh-agent §5). */
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;

/** Flags of a signature with an RSA key: the hash. Without one, agents sign with SHA-1. */
export const RSA_SHA2_256 = 2;
export const RSA_SHA2_512 = 4;

/** Largest response that is read, as in OpenSSH. */
const LARGEST_RESPONSE = 256 * 1024;

/** Returns the identities of the agent at the socket, in its order. Rejects when it cannot be reached. */
export async function listIdentities(socketPath: string): Promise<readonly AgentIdentity[]> {
  const body = await request(socketPath, Buffer.from([REQUEST_IDENTITIES]), IDENTITIES_ANSWER);
  const reader = wireReader(body);
  const count = reader.number() ?? 0;
  const identities: AgentIdentity[] = [];
  while (identities.length < count) {
    const [blob, comment] = [reader.string(), reader.text()];
    if (blob === undefined || comment === undefined) break;
    identities.push({ blob, comment });
  }
  return identities;
}

/** Returns the agent's signature in SSH format: its algorithm, then its bytes. Rejects when the agent refuses to sign. */
export async function signWithAgent(
  socketPath: string,
  { blob }: Pick<AgentIdentity, "blob">,
  data: Buffer,
  flags: number,
): Promise<Buffer> {
  const message = Buffer.concat([Buffer.from([SIGN_REQUEST]), wireString(blob), wireString(data), wireUint32(flags)]);
  const signature = wireReader(await request(socketPath, message, SIGN_RESPONSE)).string();
  if (signature === undefined) throw new Error("the ssh-agent returned no signature");
  return signature;
}

/** Sends one message and returns the body of the response, which must be of the type `expected`. */
function request(socketPath: string, message: Buffer, expected: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath);
    const received: Buffer[] = [];
    let size = 0;
    const finish = (action: () => void) => {
      socket.destroy();
      action();
    };
    socket.on("error", (cause) => finish(() => reject(new Error(`the ssh-agent failed: ${cause.message}`, { cause }))));
    socket.on("close", () => reject(new Error("the ssh-agent closed the connection without a response")));
    socket.on("data", (chunk: Buffer) => {
      received.push(chunk);
      size += chunk.length;
      if (size < 5) return;
      const all = Buffer.concat(received);
      const length = all.readUInt32BE(0);
      if (length < 1 || length > LARGEST_RESPONSE) {
        finish(() => reject(new Error(`the ssh-agent sent a response of ${length} bytes`)));
      } else if (size >= 4 + length) {
        const type = all[4];
        if (type === expected) finish(() => resolve(all.subarray(5, 4 + length)));
        else finish(() => reject(new Error(`the ssh-agent refused the request (response ${type})`)));
      }
    });
    socket.write(wireString(message));
  });
}
