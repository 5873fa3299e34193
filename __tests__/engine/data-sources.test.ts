import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { noDebug } from "../../src/core/debug.js";
import { engine } from "../../src/engine/engine.js";
import { readingRequest } from "../../src/engine/request.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("wrong-data-sources");
const run = (...args: string[]) => runReally(args, { cwd: folder() });

function write(name: string, text: string): string {
  writeFileSync(join(folder(), `${name}.pkr.hcl`), text);
  return `${name}.pkr.hcl`;
}

test.each([
  [
    "an argument",
    'data "http" "x" {\n  urll = "http://127.0.0.1/"\n  url  = ["x"]\n}\n',
    'key: "urll"',
    '"url" must be a string',
  ],
  ["a method", 'data "http" "x" {\n  url    = "http://127.0.0.1/"\n  method = "FETCH"\n}\n', '"method" must be one of'],
  [
    "a key",
    'data "amazon-parameterstore" "x" {\n  name       = "/x"\n  access_key = "AKIA"\n}\n',
    '"access_key" needs "secret_key"',
  ],
  ["an empty URL", 'data "http" "x" {\n  url = ""\n}\n', '"url" must not be empty'],
  ["an empty name", 'data "amazon-parameterstore" "x" {\n  name = ""\n}\n', '"name" must not be empty'],
  ["an empty ID", 'data "amazon-secretsmanager" "x" {\n  name = ""\n}\n', '"name" must not be empty'],
  ["an empty input", 'data "null" "x" {\n  input = ""\n}\n', '"input" must not be empty'],
  ["a kind", 'data "foo" "x" {}\n', 'Unknown data source "foo"'],
])("%s of a data source that is wrong is reported once, at its place", async (name, text, ...told) => {
  const at = write(
    `data-${name}`,
    `${text}source "null" "n" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.n"]\n}\n`,
  );
  for (const command of [["validate"], ["validate", "-evaluate-datasources"], ["build"]]) {
    const { code, err } = await run(...command, at);
    expect(code).toBe(1);
    expect(err.match(/^Error: /gm)).toHaveLength(told.length);
    for (const part of told) expect(err).toContain(part);
  }
});

describe("with a role to assume", () => {
  const cloud = testCloud();

  test("data sources are read with the role, without any other credentials", async () => {
    const path = write(
      "role",
      'data "amazon-ami" "base" {\n  region = "us-east-1"\n  owners = ["099720109477"]\n  most_recent = true\n  filters = { name = "ubuntu/images/*jammy-22.04-amd64*" }\n}\nsource "null" "n" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.n"]\n}\n',
    );
    let tokens = 0;
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = { sub: "repo:acme/images", aud: "sts.amazonaws.com" };
    const { signal } = new AbortController();
    const { prepare } = engine({
      env: { AWS_ENDPOINT_URL: cloud.endpoint().url, AWS_EC2_METADATA_DISABLED: "true", HOME: folder() },
      interruption: { signal, releaseSignal: signal, stop: () => undefined },
      startedAt: new Date(),
      debug: noDebug,
      webIdentity: {
        roleArn: "arn:aws:iam::123456789012:role/bake",
        sessionName: "bake",
        sessionPolicy: undefined,
        fetchToken: async () => {
          tokens += 1;
          return `${part({ alg: "RS256" })}.${part(claims)}.c2ln`;
        },
      },
    });
    const request = readingRequest(folder(), { path, variables: [], variableFiles: [], only: [], except: [] });
    const { diagnostics } = await prepare(request, { purpose: "build", mask: () => undefined });
    expect([diagnostics, tokens]).toEqual([[], 1]);
  });
});
