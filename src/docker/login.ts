import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { ecrLogin } from "../aws/ecr.js";
import { BakeError } from "../core/errors.js";
import type { Narrator } from "../core/events.js";
import type { PartContext } from "../core/parts.js";
import { type ContainerEngine, mustSucceed } from "./engine.js";
import { ECR_FORMS, ecrRegistry, type LoginOptions } from "./options.js";

/** Who logs in where. */
export interface RegistryLogin {
  /** Host, or URL; undefined is Docker Hub. */
  readonly server: string | undefined;
  /** Undefined takes what the client itself keeps of an earlier login. */
  readonly user: { readonly name: string; readonly password: string } | undefined;
}

/** What the client's configuration folder holds in addition to its `config.json`, and what a private one borrows from it. */
const BORROWED = ["contexts", "cli-plugins"];

/** What a login reports to and is stopped by. */
export interface LoginContext {
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
}

/**
 * Does `work` with an engine that is logged in to a registry (Packer: docker `login`). The login lives in a client
 * configuration of its own, readable by this user alone and removed at the end, so that parallel builds and the user's own
 * logins do not meet. The password goes through standard input. Throws a `BakeError` (`docker-access-denied`).
 */
export async function withLogin<T>(
  engine: ContainerEngine,
  login: RegistryLogin | undefined,
  { narrator, signal }: LoginContext,
  work: (engine: ContainerEngine) => Promise<T>,
): Promise<T> {
  if (!login) return work(engine);
  const action = `log in to ${login.server || "Docker Hub"}`;
  const server = login.server ? [login.server] : [];
  narrator.message("Logging in...");
  if (!login.user) {
    await mustSucceed(engine, ["login", ...server], { action, signal });
    return work(engine);
  }
  const { name, password } = login.user;
  narrator.secret(password);
  const folder = await mkdtemp(join(tmpdir(), "bake-ami-docker-"));
  try {
    await borrowConfiguration(configurationFolder(engine), folder, login.server);
    const env = { ...engine.env, DOCKER_CONFIG: folder, REGISTRY_AUTH_FILE: join(folder, "config.json") };
    const own = { program: engine.program, env };
    await mustSucceed(own, ["login", "--username", name, "--password-stdin", ...server], {
      action,
      signal,
      stdin: Buffer.from(password),
    });
    return await work(own);
  } finally {
    narrator.message("Logging out...");
    await rm(folder, { recursive: true, force: true });
  }
}

function configurationFolder(engine: ContainerEngine): string {
  return engine.env.DOCKER_CONFIG || join(engine.env.HOME || homedir(), ".docker");
}

/**
 * Contexts, plug-ins, proxies and other registries' logins stay in force. A store of credentials (the system's key ring) does
 * not: what is logged in there would outlive the build.
 */
async function borrowConfiguration(from: string, to: string, server: string | undefined): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  const text = await readFile(join(from, "config.json"), "utf8").catch(() => "{}");
  const own = withoutStore(text, server);
  await writeFile(join(to, "config.json"), JSON.stringify(own), { mode: 0o600 });
  for (const name of BORROWED) await symlink(join(from, name), join(to, name));
}

function withoutStore(text: string, server: string | undefined): Readonly<Record<string, unknown>> {
  const read = parsed(text);
  const { credsStore: _store, credHelpers, ...rest } = read;
  if (typeof credHelpers !== "object" || credHelpers === null) return rest;
  const host = server?.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  return { ...rest, credHelpers: Object.fromEntries(Object.entries(credHelpers).filter(([name]) => name !== host)) };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  } catch {
    return {};
  }
}

/**
 * The login that the options ask for, or undefined (Packer §3.8 `login`, `ecr_login`). ECR is asked for a password with the keys of
 * the options, else with the run's own AWS credentials. Throws an `AwsError` when ECR refuses.
 */
export async function registryLogin(options: LoginOptions, context: PartContext): Promise<RegistryLogin | undefined> {
  const { login_server: server, login_username: name, login_password: password } = options;
  if (!options.ecr_login) {
    return options.login ? { server, user: name && password ? { name, password } : undefined } : undefined;
  }
  const registry = ecrRegistry(options);
  if (!registry) {
    throw new BakeError(`"${server}" is no ECR registry`, {
      code: "ecr-server",
      hint: `login_server must have the form ${ECR_FORMS}.`,
      range: context.range,
    });
  }
  context.narrator.message("Fetching ECR credentials...");
  const user = await ecrLogin(registry, options, context.surroundings, context.signal);
  return { server, user: { name: user.username, password: user.password } };
}
