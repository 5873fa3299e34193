import { describe, expect, test } from "@jest/globals";
import { allowsSha1, offeredAlgorithms } from "../../../src/ssh/connect/algorithms.js";
import { whyNoAlgorithm } from "../../../src/ssh/connect/no-common-algorithm.js";

const NOTHING = { ciphers: [], keyExchanges: [] };

/** SHA-1, MD5, CBC and RC4 in the names of algorithms, and RSA and DSA signatures without SHA-2. */
const WEAK = /sha1|md5|-cbc|arcfour|ripemd|^ssh-(rsa|dss)$/;

describe("weak algorithms", () => {
  test("are not offered by default", () => {
    const offered = Object.values(offeredAlgorithms(NOTHING, [])).flat();
    expect(offered.length).toBeGreaterThan(20);
    expect(offered.filter((name) => WEAK.test(name))).toEqual([]);
  });

  test.each<[string, object, readonly string[]]>([
    [
      "a SHA-1 key exchange",
      { keyExchanges: ["curve25519-sha256", "diffie-hellman-group14-sha1"] },
      ["diffie-hellman-group14-sha1", "hmac-sha1-etm@openssh.com", "hmac-sha1", "ssh-rsa"],
    ],
    ["a CBC cipher", { ciphers: ["aes256-cbc"] }, ["aes256-cbc", "hmac-sha1-etm@openssh.com", "hmac-sha1", "ssh-rsa"]],
  ])("are offered after the better ones where the template names %s", (_name, choice, weak) => {
    const all = { ...NOTHING, ...choice };
    const { cipher, kex, hmac, serverHostKey } = offeredAlgorithms(all, []);
    expect([...cipher, ...kex, ...hmac, ...serverHostKey].filter((name) => WEAK.test(name)).sort()).toEqual(
      [...weak].sort(),
    );
    expect(hmac[0]).toBe("hmac-sha2-256-etm@openssh.com");
    expect(serverHostKey.at(-1)).toBe("ssh-rsa");
    expect(allowsSha1(all)).toBe(true);
  });

  test("are not offered for names of other algorithms", () => {
    expect(allowsSha1({ ciphers: ["aes128-ctr"], keyExchanges: ["ecdh-sha2-nistp256"] })).toBe(false);
  });
});

test("types of known host keys are preferred", () => {
  expect(offeredAlgorithms(NOTHING, ["ssh-rsa"]).serverHostKey.slice(0, 3)).toEqual([
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-ed25519",
  ]);
});

/** What the servers of old systems offer, as `ssh -vv` prints it. */
const CENTOS_6 = {
  keyExchanges: [
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group-exchange-sha1",
    "diffie-hellman-group14-sha1",
    "diffie-hellman-group1-sha1",
  ],
  hostKeys: ["ssh-rsa", "ssh-dss"],
  ciphers: ["aes128-ctr", "aes192-ctr", "aes256-ctr", "arcfour256", "aes128-cbc", "3des-cbc"],
  macs: ["hmac-md5", "hmac-sha1", "umac-64@openssh.com", "hmac-ripemd160"],
};
const UBUNTU_14_04 = {
  keyExchanges: ["curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "diffie-hellman-group14-sha1"],
  hostKeys: ["ssh-rsa", "ssh-dss", "ecdsa-sha2-nistp256", "ssh-ed25519"],
  ciphers: ["aes128-ctr", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes128-cbc"],
  macs: ["hmac-md5", "hmac-sha1", "hmac-sha2-256"],
};

describe("a server without a common algorithm", () => {
  test("like that of CentOS 6 is reported with the algorithms of both sides and what to set", () => {
    const why = whyNoAlgorithm(NOTHING, CENTOS_6);
    expect(why?.problem).toBe(
      "no common host key algorithm (server: ssh-rsa, ssh-dss; bake-ami: ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, " +
        "ecdsa-sha2-nistp521, rsa-sha2-512, rsa-sha2-256); no common message authentication code (server: hmac-md5, hmac-sha1, " +
        "umac-64@openssh.com, hmac-ripemd160; bake-ami: hmac-sha2-256-etm@openssh.com, hmac-sha2-512-etm@openssh.com, hmac-sha2-256, hmac-sha2-512)",
    );
    expect(why?.hint).toContain(
      'set "ssh_key_exchange_algorithms" to ["diffie-hellman-group-exchange-sha256", "diffie-hellman-group-exchange-sha1", "diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"]',
    );
    expect(why?.hint).not.toContain("ssh_ciphers");
    const set = { ciphers: [], keyExchanges: CENTOS_6.keyExchanges };
    expect(whyNoAlgorithm(set, CENTOS_6)).toBeUndefined();
  });

  test("is none where the server is as old as Ubuntu 14.04", () => {
    expect(whyNoAlgorithm(NOTHING, UBUNTU_14_04)).toBeUndefined();
  });

  test.each<[string, object, string]>([
    ["only CBC ciphers", { ciphers: ["aes128-cbc"] }, 'set "ssh_ciphers" to ["aes128-cbc"]'],
    [
      "only SHA-1 codes, and no SHA-1 key exchange",
      { keyExchanges: ["curve25519-sha256"], ciphers: ["aes128-ctr"], macs: ["hmac-sha1"] },
      'set "ssh_key_exchange_algorithms" to ["curve25519-sha256", "diffie-hellman-group14-sha1"]',
    ],
    ["nothing that is known", { macs: ["hmac-md5"], ciphers: ["arcfour"] }, "Update the SSH server of the image."],
  ])("with %s has the hint to set it", (_name, changes, hint) => {
    const server = { ...UBUNTU_14_04, ...changes };
    expect(whyNoAlgorithm(NOTHING, server)?.hint).toContain(hint);
  });

  test("of a template that names too few has the hint to remove the option", () => {
    const choice = { ciphers: ["3des-cbc"], keyExchanges: [] };
    const server = { ...UBUNTU_14_04, ciphers: ["aes128-ctr"] };
    expect(whyNoAlgorithm(choice, server)).toEqual({
      problem: "no common cipher (server: aes128-ctr; bake-ami: 3des-cbc)",
      hint: 'Remove "ssh_ciphers" from the template: the server has algorithms that are offered by default.',
    });
  });

  test("is none where the cipher needs no message authentication code", () => {
    const server = { ...UBUNTU_14_04, ciphers: ["aes256-gcm@openssh.com"], macs: ["hmac-sha1"] };
    expect(whyNoAlgorithm(NOTHING, server)).toBeUndefined();
  });
});
