/** A forward for the life of a build: what comes in at `bindPort` goes to `host:hostPort` at the other end. */
export interface Tunnel {
  readonly bindPort: number;
  readonly host: string;
  readonly hostPort: number;
}

/** Reads `bindport:host:hostport` (Packer §4.1); an IPv6 host stands in brackets. Undefined for anything else. */
export function parseTunnel(text: string): Tunnel | undefined {
  const match = /^(\d{1,5}):(\[[^\]]+\]|[^:[\]]+):(\d{1,5})$/.exec(text.trim());
  if (!match) return undefined;
  const [bindPort, hostPort] = [Number(match[1]), Number(match[3])];
  if (bindPort > 65_535 || hostPort > 65_535) return undefined;
  return { bindPort, host: (match[2] ?? "").replace(/^\[|\]$/g, ""), hostPort };
}
