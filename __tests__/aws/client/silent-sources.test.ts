import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { DescribeRegionsCommand } from "@aws-sdk/client-ec2";
import { afterEach, expect, test } from "@jest/globals";
import { openSession } from "../../../src/aws/client/open-session.js";
import { ambientAccess } from "../../../src/aws/client/options.js";
import { type Clock, systemClock } from "../../../src/core/clock.js";
import { noDebug } from "../../../src/core/debug.js";
import { temporaryFolder } from "../../support/folder.js";

const folder = temporaryFolder("silent");
/** The SDK reads each file once. */
const newHome = () => mkdtempSync(join(folder(), "home-"));
const saved = process.env;
const sockets = new Set<Socket>();
const silent = createServer((socket) => sockets.add(socket));

afterEach(async () => {
  process.env = saved;
  for (const socket of sockets) socket.destroy();
  if (silent.listening) await new Promise((closed) => silent.close(closed));
});

/** A clock whose deadlines of 30 seconds are one second, in which a busy host opens a connection. */
const HASTY: Clock = {
  now: systemClock.now,
  sleep: (ms, signal) => systemClock.sleep(ms / 30, signal),
};

/** Asks for the keys of the profile "bake" with this configuration, in an environment of its own. */
async function callWith(lines: readonly string[], env: Readonly<Record<string, string>>, home = newHome()) {
  const config = join(home, "config");
  writeFileSync(config, `${["[profile bake]", ...lines].join("\n")}\n`);
  const { PATH = "" } = saved;
  process.env = { PATH, HOME: home, AWS_CONFIG_FILE: config, ...env };
  const session = await openSession(
    { ...ambientAccess, region: "us-east-1", profile: "bake", skip_metadata_api_check: true },
    {
      clock: HASTY,
      env: { ...process.env, AWS_ENDPOINT_URL: "http://127.0.0.1:9" },
      debug: noDebug,
      webIdentity: undefined,
      ids: { uuid: () => "u", short: () => "s", random: () => 1 },
      credentials: { get: () => undefined, put: () => undefined },
    },
    undefined,
    { deadline: 30_000, budget: 1000 },
  );
  const began = systemClock.now();
  try {
    return await (await session.ec2()).send(new DescribeRegionsCommand({})).catch((error: unknown) => error);
  } finally {
    session.close();
    expect(systemClock.now() - began).toBeLessThan(10_000);
  }
}

test("an SSO portal that accepts the connection and never responds ends at the deadline of a call", async () => {
  await new Promise<void>((listening) => silent.listen(0, "127.0.0.1", listening));
  const { port } = silent.address() as AddressInfo;
  const start = "https://example.awsapps.com/start";
  const home = newHome();
  const cache = join(home, ".aws", "sso", "cache");
  mkdirSync(cache, { recursive: true });
  const token = { startUrl: start, region: "us-east-1", accessToken: "t", expiresAt: "2099-01-01T00:00:00Z" };
  writeFileSync(join(cache, `${createHash("sha1").update(start).digest("hex")}.json`), JSON.stringify(token));
  const sso = ["sso_region = us-east-1", "sso_account_id = 123456789012", "sso_role_name = bake"];
  const endpoint = { AWS_ENDPOINT_URL_SSO: `http://127.0.0.1:${port}` };
  const error = await callWith([`sso_start_url = ${start}`, ...sso], endpoint, home);
  expect(sockets.size).toBeGreaterThan(0);
  expect(error).toMatchObject({
    code: "credentials-not-fetched",
    message: 'Could not get AWS credentials from profile "bake": No response within 30 s',
    hint: expect.stringContaining("SSO session"),
  });
});

test("a credential_process that prints nothing ends at the deadline of a call", async () => {
  const home = newHome();
  const [running, ended, keys] = ["running", "ended", "keys"].map((name) => join(home, name));
  writeFileSync(running ?? "", "");
  writeFileSync(keys ?? "", JSON.stringify({ Version: 1, AccessKeyId: "late", SecretAccessKey: "late" }));
  const script = `while [ -e ${running} ]; do sleep 0.02; done; cat ${keys}; touch ${ended}`;
  const error = await callWith([`credential_process = sh -c "${script}"`], {}, home);
  rmSync(running ?? "");
  while (!existsSync(ended ?? "")) await systemClock.sleep(20);
  expect(error).toMatchObject({
    code: "credentials-not-fetched",
    message: 'Could not get AWS credentials from profile "bake": No response within 30 s',
    hint: expect.stringContaining('"credential_process"'),
  });
});
