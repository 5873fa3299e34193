import { afterAll, beforeAll } from "@jest/globals";
import { openSessionFor } from "../../src/aws/client/open-session.js";
import type { AwsSession, CallScope } from "../../src/aws/client/session.js";
import { type Clock, systemClock } from "../../src/core/clock.js";
import { noDebug } from "../../src/core/debug.js";
import { type Endpoint, type EndpointOptions, startEndpoint } from "../../src/local/endpoint/server.js";

/** A local cloud for the tests of a file, with sessions that connect only to it. */
export interface TestCloud {
  readonly endpoint: () => Endpoint;
  readonly env: () => Readonly<Record<string, string>>;
  /** Returns the session of a Region. The tests of a file share it: a new one costs the SDK's configuration. */
  readonly session: (region?: string) => AwsSession;
  readonly scope: (region?: string) => CallScope;
}

/**
 * A clock whose waits last at most 10 ms and then are over: its time runs ahead of the system's by what was skipped. Waits of 20 s and
 * more, which are deadlines of calls, stay as they are.
 */
export const impatient: Clock = runAhead(20_000);

/** Returns a clock that skips waits shorter than `limit` milliseconds. */
export function runAhead(limit: number): Clock {
  let ahead = 0;
  const now = () => systemClock.now() + ahead;
  return {
    now,
    async sleep(ms, signal) {
      if (ms >= limit) return systemClock.sleep(ms, signal);
      const over = now() + ms;
      await systemClock.sleep(Math.min(ms, 10), signal);
      ahead = Math.max(ahead, over - systemClock.now());
    },
  };
}

/** Starts a cloud before the file's tests and closes it after them. Its time is that of `impatient`. States change at once unless `options` set times. */
export function testCloud(options: EndpointOptions = { scale: 0 }): TestCloud {
  let endpoint: Endpoint | undefined;
  const sessions = new Map<string, AwsSession>();
  beforeAll(async () => {
    endpoint = await startEndpoint({ clock: impatient.now, ...options });
  });
  afterAll(async () => {
    for (const session of sessions.values()) session.close();
    await endpoint?.close();
  });
  const running = () => {
    if (!endpoint) throw new Error("the cloud has not started");
    return endpoint;
  };
  const env = () => ({
    AWS_ENDPOINT_URL: running().url,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_EC2_METADATA_DISABLED: "true",
  });
  const session = (region = "us-east-1") => {
    const open = sessions.get(region);
    if (open) return open;
    const opened = openSessionFor(
      { region },
      {
        clock: impatient,
        ids: {
          uuid: () => crypto.randomUUID(),
          short: (n) => crypto.randomUUID().replaceAll("-", "").slice(0, n),
          random: Math.random,
        },
        env: env(),
        credentials: { get: () => undefined, put: () => undefined },
        debug: noDebug,
        webIdentity: undefined,
      },
    );
    sessions.set(region, opened);
    return opened;
  };
  return {
    endpoint: running,
    env,
    session,
    scope: (region = "us-east-1") => ({ session: session(region), region, signal: new AbortController().signal }),
  };
}
