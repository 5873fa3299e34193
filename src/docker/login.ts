import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { readEcrLogin } from "../aws/ecr.js";
import { BakeError } from "../core/errors.js";
import type { Narrator } from "../core/events.js";
import type { PartContext } from "../core/parts.js";
import { type ContainerEngine, mustSucceed } from "./engine.js";
import { ECR_FORMS, ecrRegistry, type LoginOptions } from "./options.js";

/** A registry and the user to log in as. */
export interface RegistryLogin {
  /** Host, or URL; undefined is Docker Hub. */
  readonly server: string | undefined;
  /** Undefined uses the client's stored credentials. */
  readonly user: { readonly name: string; readonly password: string } | undefined;
}

/** Entries of the client's configuration directory that the temporary configuration links to. */
const LINKED = ["contexts", "cli-plugins"];

/** Context of a login. */
export interface LoginContext {
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
}

/**
 * Runs `work` with an engine that is logged in to a registry (Packer: docker `login`). The login is stored in a temporary client
 * configuration that only this user can read, separate from parallel builds and from the user's own logins. The password is passed
 * through standard input. Throws a `BakeError` (`docker-access-denied`).
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
  const directory = await mkdtemp(join(tmpdir(), "bake-ami-docker-"));
  try {
    await copyConfiguration(configurationDirectory(engine), directory, login.server);
    const env = { ...engine.env, DOCKER_CONFIG: directory, REGISTRY_AUTH_FILE: join(directory, "config.json") };
    const own = { program: engine.program, env };
    await mustSucceed(own, ["login", "--username", name, "--password-stdin", ...server], {
      action,
      signal,
      stdin: Buffer.from(password),
    });
    return await work(own);
  } finally {
    narrator.message("Logging out...");
    await rm(directory, { recursive: true, force: true });
  }
}

function configurationDirectory(engine: ContainerEngine): string {
  return engine.env.DOCKER_CONFIG || join(engine.env.HOME || homedir(), ".docker");
}

/**
 * Copies the client configuration: contexts, plugins, proxies and the logins of other registries. A credential store (the system's
 * keyring) is left out, because a login in it would outlive the build.
 */
async function copyConfiguration(from: string, to: string, server: string | undefined): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  const text = await readFile(join(from, "config.json"), "utf8").catch(() => "{}");
  const own = withoutStore(text, server);
  await writeFile(join(to, "config.json"), JSON.stringify(own), { mode: 0o600 });
  for (const name of LINKED) await symlink(join(from, name), join(to, name));
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
 * Returns the login of the options, or undefined (Packer §3.8 `login`, `ecr_login`). The ECR password is requested with the access keys
 * in the options, else with the run's AWS credentials. Throws an `AwsError` when ECR rejects the request.
 */
export async function registryLogin(options: LoginOptions, context: PartContext): Promise<RegistryLogin | undefined> {
  const { login_server: server, login_username: name, login_password: password } = options;
  if (!options.ecr_login) {
    return options.login ? { server, user: name && password ? { name, password } : undefined } : undefined;
  }
  const registry = ecrRegistry(options);
  if (!registry) {
    throw new BakeError(`"login_server" is not an ECR registry: "${server}"`, {
      code: "ecr-server",
      hint: `Set "login_server" to ${ECR_FORMS}.`,
      range: context.range,
    });
  }
  context.narrator.message("Fetching ECR credentials...");
  const user = await readEcrLogin(registry, options, context.surroundings, context.signal);
  return { server, user: { name: user.username, password: user.password } };
}
