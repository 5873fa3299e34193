import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { CreateSecurityGroupCommand, DescribeImagesCommand, RunInstancesCommand } from "@aws-sdk/client-ec2";
import { ListRolesCommand } from "@aws-sdk/client-iam";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { mayHaveTakenEffect } from "../../../src/aws/client/errors.js";
import { openSession, type SessionLimits } from "../../../src/aws/client/open-session.js";
import { ambientAccess } from "../../../src/aws/client/options.js";
import type { AwsSession } from "../../../src/aws/client/session.js";
import { systemClock } from "../../../src/core/clock.js";
import { noDebug } from "../../../src/core/debug.js";
import { temporaryFolder } from "../../support/folder.js";

const folder = temporaryFolder("endless");
const saved = process.env;
const sessions: AwsSession[] = [];

/** How the server answers, and the bytes that it sent. */
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
let sent = 0;
let requests = 0;
const server = createServer((request, response) => {
  requests++;
  request.resume();
  answer(request, response);
});
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(() => new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening)));
afterEach(() => {
  process.env = saved;
  sent = 0;
  requests = 0;
  for (const session of sessions.splice(0)) session.close();
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

const PIECE = Buffer.alloc(1_000_000, "a");

/** Sends a body without an end, as fast as it is read. */
function endless(status: number) {
  return (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { "content-type": "text/plain" });
    const send = () => {
      while (!response.destroyed) {
        sent += PIECE.length;
        if (!response.write(PIECE)) return;
      }
    };
    response.on("drain", send);
    send();
  };
}

async function open(env: Readonly<Record<string, string>>, limits?: SessionLimits) {
  const { PATH = "" } = saved;
  const HOME = mkdtempSync(join(folder(), "home-"));
  // The providers of the SDK read the environment of the process.
  process.env = { PATH, HOME, ...env };
  const session = await openSession(
    { ...ambientAccess, region: "us-east-1" },
    {
      clock: systemClock,
      debug: noDebug,
      ids: { uuid: () => "u", short: () => "s", random: () => 1 },
      env: { AWS_ENDPOINT_URL: url(), HOME, ...env },
      credentials: { get: () => undefined, put: () => undefined },
      webIdentity: undefined,
    },
    undefined,
    limits,
  );
  sessions.push(session);
  return session;
}

const KEYS = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };

const SERVICES: readonly (readonly [string, (session: AwsSession) => Promise<unknown>])[] = [
  ["ec2:DescribeImages", async (s) => (await s.ec2()).send(new DescribeImagesCommand({}))],
  ["ssm:GetParameter", async (s) => (await s.ssm()).send(new GetParameterCommand({ Name: "/a" }))],
  ["iam:ListRoles", async (s) => (await s.iam()).send(new ListRolesCommand({}))],
  ["sts:GetCallerIdentity", (s) => s.account()],
];

describe.each([200, 400, 503])("a body without an end, with status %i,", (status) => {
  test.each(SERVICES)("ends %s with an error that names it and the limit", async (action, call) => {
    answer = endless(status);
    const error: unknown = await call(await open(KEYS)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      message: `AWS call ${action} in us-east-1 failed: "The response of 127.0.0.1 is larger than 32 MB" (ResponseTooLarge)`,
      hint: expect.stringContaining("AWS_ENDPOINT_URL"),
    });
    expect(requests).toBe(1);
    // Some MB are in the buffers of the two sockets.
    expect(sent).toBeLessThan(60_000_000);
  });
});

test("calls in parallel end alike, and the next one is limited too", async () => {
  answer = endless(200);
  const session = await open(KEYS);
  const all = [...SERVICES, ...SERVICES].map(([, call]) => call(session).catch((error: unknown) => error));
  for (const error of await Promise.all(all)) expect(String(error)).toContain("ResponseTooLarge");
  answer = (_, response) => response.end(PIECE);
  await expect(SERVICES[0]?.[1](session)).rejects.not.toThrow("ResponseTooLarge");
});

test("a body that arrives slowly and has no end is ended at the deadline of the call", async () => {
  const ended: Promise<unknown>[] = [];
  answer = (_, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write("a"), 20);
    ended.push(new Promise((resolve) => response.once("close", () => resolve(clearInterval(drip)))));
  };
  const session = await open(KEYS, { deadline: 500, budget: 0 });
  await expect(SERVICES[0]?.[1](session)).rejects.toMatchObject({ awsCode: "CallDeadline" });
  await Promise.all(ended);
});

test("a change whose response is too large may have taken effect", async () => {
  answer = endless(200);
  const ec2 = await (await open(KEYS)).ec2();
  const run = ec2.send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1 }));
  expect(mayHaveTakenEffect(await run.catch((error: unknown) => error))).toBe(true);
  const group = ec2.send(new CreateSecurityGroupCommand({ GroupName: "a", Description: "a" }));
  expect(mayHaveTakenEffect(await group.catch((error: unknown) => error))).toBe(true);
});

test("a compressed body is not unpacked", async () => {
  answer = (_, response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    response.end(gzipSync(Buffer.alloc(200_000_000)));
  };
  const before = process.memoryUsage().rss;
  const error = await SERVICES[0]?.[1](await open(KEYS)).catch((thrown: unknown) => thrown);
  expect(String(error)).toContain("ec2:DescribeImages in us-east-1 failed");
  expect(process.memoryUsage().rss - before).toBeLessThan(400_000_000);
});

test("a page of a thousand images with all their tags is read", async () => {
  const tags = `<item><key>${"k".repeat(100)}</key><value>${"v".repeat(200)}</value></item>`.repeat(50);
  const image = `<item><imageId>ami-1</imageId><tagSet>${tags}</tagSet></item>`;
  answer = (_, response) =>
    response.end(`<DescribeImagesResponse><imagesSet>${image.repeat(1000)}</imagesSet></DescribeImagesResponse>`);
  const { Images } = await (await (await open(KEYS)).ec2()).send(new DescribeImagesCommand({}));
  expect([Images?.length, Images?.[999]?.Tags?.length]).toEqual([1000, 50]);
});

describe("keys from", () => {
  test.each([
    ["the metadata service", () => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url() }), "the default credential chain"],
    ["a container", () => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url()}/keys` }), "the default credential chain"],
    [
      "a token file",
      () => {
        const token = join(folder(), "token");
        writeFileSync(token, "t");
        return {
          ...{ AWS_WEB_IDENTITY_TOKEN_FILE: token, AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/r" },
          ...{ AWS_ENDPOINT_URL_STS: url(), AWS_REGION: "us-east-1" },
        };
      },
      "the default credential chain",
    ],
  ])("%s with a body without an end are refused, with the limit", async (_, env, from) => {
    answer = endless(200);
    const error: unknown = await SERVICES[0]?.[1](await open(env())).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "credentials-not-fetched",
      message: `Could not get AWS credentials from ${from}: The response of 127.0.0.1 is larger than 32 MB`,
    });
    expect(sent).toBeLessThan(requests * 60_000_000);
  });
});
