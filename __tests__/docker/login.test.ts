import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ContainerEngine } from "../../src/docker/engine.js";
import { registryLogin, withLogin } from "../../src/docker/login.js";
import { loginFields } from "../../src/docker/options.js";
import { schema } from "../../src/options/schema.js";
import { optionsFor } from "../provisioners/provision.js";
import { partContext } from "../support/context.js";
import { temporaryFolder } from "../support/folder.js";
import { ecrEndpoint } from "./ecr-endpoint.js";
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

  /** A client whose configuration has a credential store that would keep the login, and settings to copy. */
  const client = (name: string): { readonly engine: ContainerEngine; readonly config: string } => {
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

  test("applies only to the work, in a private directory with the rest of the configuration", async () => {
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

  test("a wrong password is an error, and the work does not run", async () => {
    const login = { server: registry.server, user: { name: registry.user, password: "wrong" } };
    let done = false;
    const tried = withLogin(client("wrong").engine, login, partContext(folder()), async () => {
      done = true;
    });
    await expect(tried).rejects.toMatchObject({ code: "docker-access-denied" });
    expect(done).toBe(false);
  });
});

describe("the login of the options", () => {
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
  const ecr = ecrEndpoint();
  const ask = (more: object = {}) => {
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
      surroundings: { ...context.surroundings, env: ecr.env() },
    });
  };
  const asked = () => ecr.calls.at(-1) ?? { headers: {}, body: "" };

  test("requests a token of the registry's account and Region, with the template's keys", async () => {
    ecr.tokens("AWS", "pass:word");
    expect(await ask({ aws_token: "session" })).toEqual({
      server: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team",
      user: { name: "AWS", password: "pass:word" },
    });
    const { headers, body } = asked();
    expect(headers["x-amz-target"]).toBe("AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken");
    expect(headers["x-amz-security-token"]).toBe("session");
    expect(headers.authorization).toMatch(/Credential=AKIDEXAMPLE\/\d+\/eu-west-1\/ecr\//);
    expect(JSON.parse(body)).toEqual({ registryIds: ["123456789012"] });
  });

  test.each([
    [{ login_server: "public.ecr.aws" }],
    [{ login_server: "public.ecr.aws/team" }],
    [{ login_server: "https://public.ecr.aws/team" }],
    [{ login_server: "mirror.example", aws_force_use_public_ecr: true }],
  ])("%j requests a token of ECR Public, which is only in us-east-1", async (options) => {
    ecr.publicToken("AWS", "public:word");
    expect(await ask(options)).toEqual({
      server: options.login_server,
      user: { name: "AWS", password: "public:word" },
    });
    const { headers, body } = asked();
    expect(headers["x-amz-target"]).toBe("SpencerFrontendService.GetAuthorizationToken");
    expect(headers.authorization).toMatch(/Credential=AKIDEXAMPLE\/\d+\/us-east-1\/ecr-public\//);
    expect(JSON.parse(body)).toEqual({});
  });

  test.each([
    ["ECR", {}, "ecr:GetAuthorizationToken"],
    [
      "ECR Public",
      { login_server: "public.ecr.aws/team" },
      "ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken",
    ],
  ])("a response of %s without a token is an error", async (name, options, actions) => {
    ecr.respond(200, {});
    await expect(ask(options)).rejects.toMatchObject({
      code: "ecr-no-token",
      message: `${name} returned no authorization token`,
      hint: `Allow ${actions} in the role's IAM policy.`,
    });
  });

  test.each([[{}], [{ login_server: "public.ecr.aws/team" }]])(
    "a rejected request for %j is reported",
    async (options) => {
      ecr.respond(400, { __type: "AccessDeniedException", message: "not authorized to perform this" });
      await expect(ask(options)).rejects.toThrow(/not authorized to perform this/);
    },
  );
});
