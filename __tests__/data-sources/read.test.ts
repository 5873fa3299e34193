import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateSecretCommand } from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "@jest/globals";
import { readLookup } from "../../src/data-sources/read.js";
import { testCloud } from "../support/cloud.js";
import { partContext } from "../support/context.js";
import { proxiedServer } from "../support/https-proxy.js";

const cloud = testCloud();

const proxied = proxiedServer((request, response) => response.end(`${request.headers.host} ${request.url}`), false);

const lookUp = (kind: string, given: unknown, env: Readonly<Record<string, string>> = {}) => {
  const { surroundings, signal } = partContext("/");
  return readLookup(
    { kind, arguments: given },
    { surroundings: { ...surroundings, env: { ...cloud.env(), ...env } }, signal, defaultRegion: "us-east-1" },
  );
};

describe("amazon-ami", () => {
  const filters = { name: "ubuntu/images/*ubuntu-jammy-22.04-amd64-server-*", "virtualization-type": "hvm" };

  test("returns the newest image", async () => {
    const result = await lookUp("amazon-ami", { filters, owners: ["099720109477"], most_recent: true });
    expect(result).toMatchObject({
      state: "ready",
      value: { id: expect.stringMatching(/^ami-/), owner: "099720109477" },
    });
  });

  test.each([
    ["no owners", { filters }, /must declare owners/],
    ["no image", { filters: { name: "nothing-*" }, owners: ["self"] }, /No source AMI matches/],
    ["no filters and no owners", {}, /must have filters/],
    ["an unknown option", { filters, owners: ["self"], most_recnt: true }, /Unknown configuration key: "most_recnt"/],
  ])("%s is reported", async (_name, given, message) => {
    expect(await lookUp("amazon-ami", given)).toMatchObject({
      state: "failed",
      message: expect.stringMatching(message),
    });
  });
});

describe("parameters and secrets", () => {
  test("amazon-parameterstore", async () => {
    const ssm = await cloud.session().ssm();
    await ssm.send(new PutParameterCommand({ Name: "/app/version", Value: "1.2", Type: "String" }));
    expect(await lookUp("amazon-parameterstore", { name: "/app/version" })).toMatchObject({
      state: "ready",
      value: { value: "1.2", version: "1" },
    });
  });

  test.each([
    ["amazon-secretsmanager", { name: "app", key: "b" }, { value: "2" }],
    ["amazon-secretsmanager", { name: "app" }, { value: "1", secret_string: '{"a":"1","b":"2"}' }],
  ])("%s %p", async (kind, given, value) => {
    const secrets = await cloud.session().secretsManager();
    await secrets
      .send(new CreateSecretCommand({ Name: "app", SecretString: '{"a":"1","b":"2"}' }))
      .catch(() => undefined);
    expect(await lookUp(kind, given)).toMatchObject({ state: "ready", value });
  });

  test("secret functions return the text", async () => {
    const secrets = await cloud.session().secretsManager();
    await secrets.send(new CreateSecretCommand({ Name: "one", SecretString: '{"password":"s3"}' }));
    expect(await lookUp("aws_secretsmanager_raw", { name: "one" })).toEqual({
      state: "ready",
      value: '{"password":"s3"}',
    });
    expect(await lookUp("aws_secretsmanager", { name: "two" })).toMatchObject({ state: "failed" });
  });
});

describe("http", () => {
  test("returns the body and the headers, and reports the status of a failure", async () => {
    const server = createServer((request, response) => {
      response.writeHead(request.url === "/ok" ? 200 : 404, { "x-kind": "test" }).end(`body of ${request.url}`);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    expect(await lookUp("http", { url: `http://127.0.0.1:${port}/ok` })).toMatchObject({
      state: "ready",
      value: { body: "body of /ok", request_headers: { "x-kind": "test" } },
    });
    expect(await lookUp("http", { url: `http://127.0.0.1:${port}/none` })).toMatchObject({
      state: "failed",
      message: expect.stringContaining("404"),
    });
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    expect(await lookUp("http", { url: `http://127.0.0.1:${port}/ok` })).toMatchObject({
      state: "failed",
      message: expect.stringContaining("/ok failed: "),
    });
  });

  test("goes through the proxy of the environment", async () => {
    const HTTP_PROXY = `http://127.0.0.1:${proxied.proxyPort()}`;
    expect(await lookUp("http", { url: "http://versions.example/latest" }, { HTTP_PROXY })).toMatchObject({
      state: "ready",
      value: { body: "versions.example /latest" },
    });
    expect(proxied.tunnels.map(({ target }) => target)).toEqual(["versions.example:80"]);
    const url = `http://localhost:${proxied.port()}/own`;
    expect(await lookUp("http", { url }, { HTTP_PROXY, NO_PROXY: "localhost" })).toMatchObject({ state: "ready" });
    expect(proxied.tunnels).toHaveLength(1);
  });
});

test.each([
  ["vault", /bake-ami cannot read from Vault/],
  ["hcp-packer-version", /not supported/],
])("%s is reported as not supported", async (kind, message) => {
  expect(await lookUp(kind, {})).toMatchObject({ state: "failed", message: expect.stringMatching(message) });
});
