import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** A certificate and its private key, as PEM. */
export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
}

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

/**
 * Returns a self-signed certificate as user data makes it with New-SelfSignedCertificate: for a host name, valid for a year (RFC 5280,
 * ECDSA over P-256). `now`: milliseconds since 1970. `address`: an IPv4 address that it is valid for, too.
 */
export function selfSignedCertificate(hostName: string, now: number, address?: string): ServerCertificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(OID.ecdsaWithSha256);
  const name = sequence(der(0x31, sequence(OID.commonName, der(0x0c, Buffer.from(hostName)))));
  const addresses = address === undefined ? [] : [der(0x87, Buffer.from(address.split(".").map(Number)))];
  const names = sequence(der(0x82, Buffer.from(hostName)), ...addresses);
  const contents = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    sequence(utcTime(now - HOUR), utcTime(now + YEAR)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(sequence(OID.subjectAltName, der(0x04, names)))),
  );
  const certificate = sequence(contents, algorithm, der(0x03, Buffer.from([0]), sign("sha256", contents, privateKey)));
  const lines = certificate.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

/** Object identifiers of RFC 5280 and RFC 5758, encoded. */
const OID = {
  ecdsaWithSha256: der(0x06, Buffer.from("2a8648ce3d040302", "hex")),
  commonName: der(0x06, Buffer.from("550403", "hex")),
  subjectAltName: der(0x06, Buffer.from("551d11", "hex")),
};

/** A value in the distinguished encoding rules of ASN.1: tag, length, contents. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const contents = Buffer.concat(parts);
  const { length } = contents;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), contents]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function utcTime(at: number): Buffer {
  return der(0x17, Buffer.from(`${new Date(at).toISOString().slice(2, 19).replaceAll(/[-:T]/g, "")}Z`));
}
