import { describe, expect, test } from "@jest/globals";
import type { AwsCredentials } from "../../../src/aws/client/config.js";
import { renewingSource } from "../../../src/aws/client/credential-source.js";
import { noDebug } from "../../../src/core/debug.js";

const MINUTE = 60_000;

/** A source whose fetches the test answers, and its clock in minutes. */
function started() {
  const time = { minutes: 0 };
  const requests: PromiseWithResolvers<AwsCredentials>[] = [];
  const fetch = () => {
    const request = withResolvers();
    requests.push(request);
    return request.promise;
  };
  const source = renewingSource(fetch, { now: () => time.minutes * MINUTE }, noDebug);
  const last = () => {
    const request = requests.at(-1);
    if (request === undefined) throw new Error("nothing is fetched");
    return request;
  };
  return {
    time,
    source,
    fetched: () => requests.length,
    /** Answers the last fetch with keys that expire at a time in minutes. */
    async give(id: string, expiry: number | undefined) {
      last().resolve({
        accessKeyId: id,
        secretAccessKey: "s",
        ...(expiry === undefined ? {} : { expiration: new Date(expiry * MINUTE) }),
      });
      await settled();
    },
    async fail(message: string) {
      last().reject(new Error(message));
      await settled();
    },
    id: async (needed?: number) => (await source.current(needed)).accessKeyId,
  };
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers(): PromiseWithResolvers<AwsCredentials> {
  let resolve: (value: AwsCredentials) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<AwsCredentials>((...functions) => {
    [resolve, reject] = functions;
  });
  return { promise, resolve, reject };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A source with keys "first" that expire after 60 minutes. */
async function withKeys() {
  const keys = started();
  const first = keys.id();
  await keys.give("first", 60);
  await first;
  return keys;
}

describe("renewed keys", () => {
  test("are fetched once for parallel requests, and not again until 15 minutes before they expire", async () => {
    const keys = started();
    const both = Promise.all([keys.id(), keys.id()]);
    await keys.give("first", 60);
    expect(await both).toEqual(["first", "first"]);
    keys.time.minutes = 44;
    expect(await keys.id()).toBe("first");
    expect(keys.fetched()).toBe(1);
  });

  test("are renewed while the earlier ones are used", async () => {
    const keys = await withKeys();
    keys.time.minutes = 45;
    expect(await keys.id()).toBe("first");
    expect(await keys.id()).toBe("first");
    expect(keys.fetched()).toBe(2);
    await keys.give("second", 105);
    expect(await keys.id()).toBe("second");
  });

  test("that are needed for longer than they are valid are waited for", async () => {
    const keys = await withKeys();
    keys.time.minutes = 50;
    const later = keys.id(10 * MINUTE);
    expect(await keys.id()).toBe("first");
    await keys.give("second", 110);
    expect(await later).toBe("second");
    expect(keys.fetched()).toBe(2);
  });

  test("are used until they expire when renewals fail, and a renewal is repeated after half a minute", async () => {
    const keys = await withKeys();
    keys.time.minutes = 45;
    expect(await keys.id()).toBe("first");
    await keys.fail("no verification key");
    keys.time.minutes = 45.4;
    expect(await keys.id()).toBe("first");
    expect(keys.fetched()).toBe(2);
    keys.time.minutes = 45.5;
    expect(await keys.id()).toBe("first");
    expect(keys.fetched()).toBe(3);
    await keys.fail("no verification key");
    keys.time.minutes = 59.5;
    const waiting = keys.id();
    expect(keys.fetched()).toBe(4);
    await keys.fail("no verification key");
    expect(await waiting).toBe("first");
    keys.time.minutes = 60;
    const expired = expect(keys.id()).rejects.toThrow("no verification key");
    await keys.fail("no verification key");
    await expired;
  });

  test("are fetched again after the first fetch failed, and after AWS reported them as expired", async () => {
    const keys = started();
    const first = expect(keys.id()).rejects.toThrow("no network");
    await keys.fail("no network");
    await first;
    const second = keys.id();
    await keys.give("second", undefined);
    expect(await second).toBe("second");
    expect(await keys.id()).toBe("second");
    expect(keys.source.renew()).toBe(true);
    const third = keys.id();
    await keys.give("third", undefined);
    expect(await third).toBe("third");
    expect(keys.fetched()).toBe(3);
  });

  test.each([
    ["one hour", 60, 45],
    ["a quarter of an hour", 15, 11.25],
    ["twelve hours", 720, 705],
  ])("of %s are renewed in time", async (_, expiry, at) => {
    const keys = started();
    const first = keys.id();
    await keys.give("first", expiry);
    await first;
    keys.time.minutes = at - 0.01;
    await keys.id();
    expect(keys.fetched()).toBe(1);
    keys.time.minutes = at;
    expect(await keys.id()).toBe("first");
    expect(keys.fetched()).toBe(2);
  });

  test("that a wrong clock of the host shows as expired are used, and not fetched for each call", async () => {
    const keys = started();
    keys.time.minutes = 1500;
    const first = keys.id();
    await keys.give("first", 60);
    expect(await first).toBe("first");
    expect(await keys.id()).toBe("first");
    expect(keys.fetched()).toBe(1);
  });
});
