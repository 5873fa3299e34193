import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Engine } from "../../src/docker/engine.js";
import { withLogin } from "../../src/docker/login.js";
import { loginFields } from "../../src/docker/options.js";
import { registryLogin } from "../../src/docker/registry-login.js";
import { schema } from "../../src/options/schema.js";
import { optionsFor } from "../provisioners/provision.js";
import { partContext } from "../support/context.js";
import { temporaryFolder } from "../support/folder.js";
import { describeWithEngine } from "./real-engine.js";
import { type Registry, startRegistry } from "./registry.js";

const folder = temporaryFolder("docker-login");
const loginSchema = schema(loginFields);

describeWithEngine("a login to a registry", () => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(() => registry?.stop());

  /** A client whose own configuration has a store that would keep the login, and things that stay in force. */
  const client = (name: string): { readonly engine: Engine; readonly config: string } => {
    const config = join(folder(), name);
    mkdirSync(join(config, "contexts"), { recursive: true });
    const own = {
      credsStore: "nowhere",
      credHelpers: { [registry.server]: "nowhere", "other.example": "other" },
      auths: { "third.example": { auth: "eDp5" } },
      HttpHeaders: { "X-Own": "1" },
    };
    writeFileSync(join(config, "config.json"), JSON.stringify(own));
    return { engine: { program: "docker", env: { ...process.env, DOCKER_CONFIG: config } }, config };
  };

  test("is in force for the work alone, in a private folder that borrows the rest", async () => {
    const { engine, config } = client("own");
    const before = readFileSync(join(config, "config.json"), "utf8");
    const context = partContext(folder());
    const login = { server: registry.server, user: { name: registry.user, password: registry.password } };
    const used = await withLogin(engine, login, context, async (own) => {
      const path = own.env.DOCKER_CONFIG ?? "";
      const file = JSON.parse(readFileSync(join(path, "config.json"), "utf8"));
      expect(Object.keys(file.auths).sort()).toEqual([registry.server, "third.example"].sort());
      expect(file).toMatchObject({ credHelpers: { "other.example": "other" }, HttpHeaders: { "X-Own": "1" } });
      expect(file).not.toHaveProperty("credsStore");
      expect([statSync(path).mode & 0o777, readdirSync(path).sort()]).toEqual([
        0o700,
        ["cli-plugins", "config.json", "contexts"],
      ]);
      return path;
    });
    expect(existsSync(used)).toBe(false);
    expect(readFileSync(join(config, "config.json"), "utf8")).toBe(before);
    const types = context.events.map((event) => (event.type === "secret" ? `secret ${event.value}` : event.type));
    expect(types).toContain(`secret ${registry.password}`);
  });

  test("a wrong password is an error that says so, and nothing is done", async () => {
    const login = { server: registry.server, user: { name: registry.user, password: "wrong" } };
    let done = false;
    const tried = withLogin(client("wrong").engine, login, partContext(folder()), async () => {
      done = true;
    });
    await expect(tried).rejects.toMatchObject({ code: "docker-access-denied" });
    expect(done).toBe(false);
  });
});

describe("the login that options ask for", () => {
  test.each([
    [{}, undefined],
    [{ login_username: "me", login_password: "x" }, undefined],
    [{ login: true }, { server: undefined, user: undefined }],
    [
      { login: true, login_server: "r.example", login_username: "me", login_password: "x" },
      { server: "r.example", user: { name: "me", password: "x" } },
    ],
  ])("%j", async (options, login) => {
    const decoded = optionsFor(loginSchema, options, folder());
    expect(await registryLogin(decoded, partContext(folder()))).toEqual(login);
  });
});

describe("a login to ECR", () => {
  const requests: { readonly headers: IncomingMessage["headers"]; readonly body: string }[] = [];
  let answer: { status: number; body: object } = { status: 200, body: {} };
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      requests.push({ headers: request.headers, body });
      response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(answer.body));
    });
  });
  beforeAll(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)));
  afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));

  const ask = (more: object = {}) => {
    const { port } = server.address() as AddressInfo;
    const env = { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_EC2_METADATA_DISABLED: "true" };
    const context = partContext(folder());
    const options = {
      ecr_login: true,
      login_server: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team",
      aws_access_key: "AKIDEXAMPLE",
      aws_secret_key: "secret",
      ...more,
    };
    return registryLogin(optionsFor(loginSchema, options, folder()), {
      ...context,
      surroundings: { ...context.surroundings, env },
    });
  };

  test("takes a token of the registry's account and region, with the template's own keys", async () => {
    const token = Buffer.from("AWS:pass:word").toString("base64");
    answer = { status: 200, body: { authorizationData: [{ authorizationToken: token }] } };
    expect(await ask({ aws_token: "session" })).toEqual({
      server: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team",
      user: { name: "AWS", password: "pass:word" },
    });
    const { headers, body } = requests.at(-1) ?? { headers: {}, body: "" };
    expect(headers["x-amz-target"]).toBe("AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken");
    expect(headers["x-amz-security-token"]).toBe("session");
    expect(headers.authorization).toMatch(/Credential=AKIDEXAMPLE\/\d+\/eu-west-1\/ecr\//);
    expect(JSON.parse(body)).toEqual({ registryIds: ["123456789012"] });
  });

  test("ECR Public is refused by name, before anything is asked", async () => {
    const asked = requests.length;
    await expect(ask({ login_server: "public.ecr.aws/team" })).rejects.toMatchObject({
      code: "ecr-public",
      hint: expect.stringContaining("get-login-password"),
    });
    expect(requests).toHaveLength(asked);
  });

  test("a refusal is told", async () => {
    answer = { status: 400, body: { __type: "AccessDeniedException", message: "not authorized to perform ecr" } };
    await expect(ask()).rejects.toThrow(/not authorized to perform ecr/);
  });
});
