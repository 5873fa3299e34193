import { BakeError, messageOf } from "../core/errors.js";
import type { WindowsMode } from "../core/settings.js";
import { readPolicy } from "./endpoint/iam/policies/document.js";
import { type Endpoint, startEndpoint } from "./endpoint/server.js";
import type { Times } from "./endpoint/times.js";
import { openSandboxes } from "./instances/sandboxes.js";
import type { Sandboxes } from "./sandboxes.js";
import { loadStateDirectory, saveStateDirectory } from "./state-directory.js";

/** How the local cloud is opened. */
export interface LocalCloudOptions {
  readonly stateDirectory: string;
  /** 0 uses a free port. */
  readonly port?: number | undefined;
  /** How long a second of the real cloud lasts here. */
  readonly scale?: number | undefined;
  readonly times?: Partial<Times> | undefined;
  /** `none` serves the APIs alone. */
  readonly machines: "sandboxes" | "none";
  /** Undefined refuses Windows instances. */
  readonly windows?: WindowsMode | undefined;
  /** JSON of the IAM policy, or of several, that limits all calls; undefined allows all. */
  readonly policy?: unknown;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One line for the user. */
  readonly onNotice: (text: string) => void;
}

/** A local cloud while it runs. */
export interface LocalCloud {
  readonly endpoint: Endpoint;
  readonly sandboxes: Sandboxes | undefined;
  /**
   * What to put into the environment so that every AWS client of this process and its children uses the local cloud; undefined
   * removes a name.
   */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Returns the records of the Windows instances of this run, of which nothing ran. */
  recorded(): readonly string[];
  /** Writes the state and ends everything: no process, mount or port stays. */
  close(): Promise<void>;
}

/** A bake on the local cloud lasts seconds with this scale: every wait is short, and none is left out. */
const QUICK = 0.01;

/**
 * Opens the local cloud: the endpoint, the sandboxes behind its instances, and the state of earlier runs. Throws a `BakeError`
 * when a port is in use, the state is of another version, or the host supports no kind of sandbox.
 */
export async function openLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const state = loadStateDirectory(options.stateDirectory);
  if (options.policy !== undefined) checkPolicies(options.policy);
  const exits: { endpoint: Endpoint | undefined } = { endpoint: undefined };
  const records: string[] = [];
  const sandboxes =
    options.machines === "none"
      ? undefined
      : await openSandboxes({
          stateDir: options.stateDirectory,
          windows: options.windows,
          events: {
            onRecord(instanceId, path) {
              records.push(path);
              options.onNotice(`${instanceId}: Windows does not run here. Commands and files are recorded in ${path}`);
            },
            onExit: (instanceId, how) => exits.endpoint?.onExit(instanceId, how),
            onNotice: options.onNotice,
            onRequest: (action, work) => (exits.endpoint ? exits.endpoint.onRequest(action, work) : work()),
          },
        });
  try {
    const endpoint = await startEndpoint({
      scale: options.scale ?? QUICK,
      everyRegion: true,
      everyProfile: true,
      onNotice: options.onNotice,
      port: options.port,
      times: options.times,
      sandboxes,
      state,
    });
    exits.endpoint = endpoint;
    if (options.policy !== undefined) endpoint.policy({ policy: options.policy });
    return {
      endpoint,
      sandboxes,
      recorded: () => [...records],
      environment: environmentOf(endpoint, options.env),
      close: () => closeAll(endpoint, sandboxes, options),
    };
  } catch (error) {
    await sandboxes?.close();
    throw error;
  }
}

/** Throws a `BakeError` with the place where a policy is not valid. */
function checkPolicies(policy: unknown): void {
  try {
    for (const each of Array.isArray(policy) ? policy : [policy]) readPolicy(each);
  } catch (error) {
    throw new BakeError(`The policy of the local cloud is not valid: ${messageOf(error)}`, {
      code: "local-policy",
      hint: "Fix the policy at this place. IAM would refuse it too.",
      cause: error,
    });
  }
}

async function closeAll(
  endpoint: Endpoint,
  sandboxes: Sandboxes | undefined,
  options: LocalCloudOptions,
): Promise<void> {
  try {
    await endpoint.settled();
    saveStateDirectory(options.stateDirectory, endpoint.state());
  } finally {
    await endpoint.close();
    await sandboxes?.close();
  }
}

/** Keys that are good for the local cloud alone: real ones are never sent there, and no profile is read. */
function environmentOf(endpoint: Endpoint, env: LocalCloudOptions["env"]): LocalCloud["environment"] {
  return {
    AWS_ENDPOINT_URL: endpoint.url,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "any-key-will-do-on-the-local-cloud",
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_REGION: env.AWS_REGION || env.AWS_DEFAULT_REGION || "us-east-1",
    NO_PROXY: [env.NO_PROXY ?? env.no_proxy, "127.0.0.1"].filter((part) => part).join(","),
  };
}
