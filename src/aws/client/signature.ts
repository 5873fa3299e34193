import type { AwsCredentials } from "./config.js";

/** A GET request to sign. `service` is the signing name, e.g. `ssmmessages`. */
export interface RequestToSign {
  readonly service: string;
  readonly region: string;
  readonly url: URL;
}

/**
 * Returns the headers that sign a GET request without a body (Signature Version 4): date, token and authorization. Headers that are added
 * later, such as those of a websocket, are not signed.
 */
export async function signedHeaders(
  { service, region, url }: RequestToSign,
  credentials: AwsCredentials,
): Promise<Readonly<Record<string, string>>> {
  const [{ Sha256 }, { SignatureV4 }] = await Promise.all([
    import("@smithy/core/checksum"),
    import("@smithy/signature-v4"),
  ]);
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, applyChecksum: false });
  const { headers } = await signer.sign({
    method: "GET",
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: queryOf(url),
    headers: { host: url.host },
  });
  const { host, ...rest } = headers;
  return rest;
}

/** Returns the query by name; a name that occurs several times has a list. */
function queryOf(url: URL): Readonly<Record<string, string | string[]>> {
  const names = [...new Set(url.searchParams.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = url.searchParams.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? "") : values];
    }),
  );
}
