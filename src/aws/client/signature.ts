import type { AwsCredentials } from "./config.js";

/** A request to sign. `service` is the signing name, e.g. `ssmmessages`. */
export interface RequestToSign {
  readonly service: string;
  readonly region: string;
  readonly url: URL;
  /** The headers and the body of a POST request; undefined for a GET request. */
  readonly post?: { readonly headers: Readonly<Record<string, string>>; readonly body: string } | undefined;
}

/** Keys, and the time of AWS in milliseconds since the epoch. */
export interface Signer {
  readonly credentials: AwsCredentials;
  readonly now: number;
}

/**
 * Returns the headers that sign a request (Signature Version 4): date, token and authorization, and the signed headers of a POST request. Headers that are added later, such as
 * those of a websocket, are not signed.
 */
export async function signedHeaders(request: RequestToSign, by: Signer): Promise<Readonly<Record<string, string>>> {
  const signer = await signerOf(request, by);
  const { headers } = await signer.sign(httpRequest(request), { signingDate: new Date(by.now) });
  const { host, ...rest } = headers;
  return rest;
}

/** Returns the address of a request with its signature in the query. It can be used for `seconds`. */
export async function presignedUrl(request: RequestToSign, by: Signer, seconds: number): Promise<URL> {
  const signer = await signerOf(request, by);
  const { query } = await signer.presign(httpRequest(request), {
    expiresIn: seconds,
    signingDate: new Date(by.now),
  });
  const url = new URL(request.url);
  url.search = "";
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const each of Array.isArray(value) ? value : [value ?? ""]) url.searchParams.append(name, each);
  }
  return url;
}

async function signerOf({ service, region }: RequestToSign, { credentials }: Signer) {
  const [{ Sha256 }, { SignatureV4 }] = await Promise.all([
    import("@smithy/core/checksum"),
    import("@smithy/signature-v4"),
  ]);
  return new SignatureV4({ service, region, credentials, sha256: Sha256, applyChecksum: false });
}

function httpRequest({ url, post }: RequestToSign) {
  const { protocol, hostname, pathname: path, host } = url;
  const where = { protocol, hostname, path, query: queryOf(url) };
  return post
    ? { ...where, method: "POST", headers: { host, ...post.headers }, body: post.body }
    : { ...where, method: "GET", headers: { host } };
}

/** Returns the query by name; a name that occurs several times has a list. */
function queryOf(url: URL): Record<string, string | string[]> {
  const names = [...new Set(url.searchParams.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = url.searchParams.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? "") : values];
    }),
  );
}
