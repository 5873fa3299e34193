import { generateKeyPairSync, sign } from "node:crypto";

/** A self-signed certificate for `localhost` and 127.0.0.1 that is valid for a day (X.509 v3, ECDSA over P-256), and its key, as PEM. */
export function localhostCertificate(now = Date.now()): { readonly key: string; readonly certificate: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(OID.ecdsaWithSha256);
  const name = sequence(der(0x31, sequence(OID.commonName, der(0x0c, Buffer.from("localhost")))));
  const names = sequence(der(0x82, Buffer.from("localhost")), der(0x87, Buffer.from([127, 0, 0, 1])));
  const authority = sequence(der(0x01, Buffer.from([0xff])));
  const contents = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    algorithm,
    name,
    sequence(utcTime(now - HOUR), utcTime(now + 24 * HOUR)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(extension(OID.basicConstraints, authority), extension(OID.subjectAltName, names))),
  );
  const signature = sign("sha256", contents, privateKey);
  const certificate = sequence(contents, algorithm, der(0x03, Buffer.from([0]), signature));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${certificate.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
  };
}

const HOUR = 3_600_000;

/** Object identifiers of RFC 5280 and RFC 5758, encoded. */
const OID = {
  ecdsaWithSha256: der(0x06, Buffer.from("2a8648ce3d040302", "hex")),
  commonName: der(0x06, Buffer.from("550403", "hex")),
  subjectAltName: der(0x06, Buffer.from("551d11", "hex")),
  basicConstraints: der(0x06, Buffer.from("551d13", "hex")),
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

function extension(id: Buffer, value: Buffer): Buffer {
  return sequence(id, der(0x04, value));
}

function utcTime(at: number): Buffer {
  const text = `${new Date(at).toISOString().slice(2, 19).replaceAll(/[-:T]/g, "")}Z`;
  return der(0x17, Buffer.from(text));
}
