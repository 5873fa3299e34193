import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Cancelled } from "../../../../src/core/errors.js";
import { testCloud } from "../../../support/cloud.js";
import { amis, bake, heldImages } from "../bake.js";

const cloud = testCloud({ scale: 0 });

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

const replacing = (name: string) => ({
  ami_name: name,
  ami_regions: ["eu-west-1"],
  force_deregister: true,
  force_delete_snapshot: true,
});
const IMAGES = (name: string) => [`eu-west-1/${name}`, `us-east-1/${name}`];
const count = (action: string) =>
  cloud
    .endpoint()
    .calls()
    .filter((call) => call.action === action).length;

describe("an old image and its snapshots", () => {
  test("are removed in one call", async () => {
    await bake(cloud, replacing("whole"));
    cloud.endpoint().forget();
    const { records } = await bake(cloud, replacing("whole"));
    expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
    expect(count("DeleteSnapshot")).toBe(0);
    const intents = records.flatMap((record) =>
      record.op === "intent" && record.intent.kind === "snapshot" ? [record.intent] : [],
    );
    expect(intents.map(({ account }) => account?.region).sort()).toEqual(["eu-west-1", "us-east-1"]);
    for (const { key, name, details } of intents) {
      expect([name, details?.image]).toEqual([expect.stringMatching(/^snap-/), expect.stringMatching(/^ami-/)]);
      expect(records).toContainEqual(expect.objectContaining({ op: "released", key }));
    }
  });

  test("both stay when EC2 denies the deregistration, and the ledger has no open entry", async () => {
    const old = amis(await bake(cloud, replacing("refused")));
    cloud.endpoint().forget();
    const denied = { do: "error", code: "UnauthorizedOperation", status: 403, message: "no" } as const;
    cloud.endpoint().faults([{ action: "DeregisterImage", times: 9, ...denied }]);
    const { records } = await bake(cloud, replacing("refused"), { release: false });
    const keys = records.flatMap((record) =>
      record.op === "intent" && record.intent.kind === "snapshot" ? record.intent.key : [],
    );
    expect(keys).toHaveLength(2);
    for (const key of keys) expect(records).toContainEqual(expect.objectContaining({ op: "released", key }));
    cloud.endpoint().forget();
    for (const { region, imageId } of old.images)
      expect(cloud.endpoint().held().images).toContain(`${region}/${imageId}:refused`);
    expect(cloud.endpoint().held().snapshots).toBeUndefined();
  });
});

describe("a temporary copy in a Region", () => {
  test("is removed by the next run when the run was interrupted before the final copy", async () => {
    const options = replacing("waiting");
    await bake(cloud, options);
    const denied = { do: "error", code: "UnauthorizedOperation", status: 403, message: "no" } as const;
    cloud.endpoint().faults([{ action: "DeregisterImage", region: "eu-west-1", times: 9, ...denied }]);
    const first = amis(await bake(cloud, options, { fingerprint: "waiting" }));
    expect(first.missing.map(({ region }) => region)).toEqual(["eu-west-1"]);
    expect(heldImages(cloud)).toContainEqual(expect.stringMatching(/^eu-west-1\/waiting-\d*/));
    cloud.endpoint().forget();
    amis(await bake(cloud, options, { fingerprint: "waiting" }));
    expect(heldImages(cloud)).toEqual(IMAGES("waiting"));
    expect(cloud.endpoint().held().snapshots).toBeUndefined();
  });
});

describe("where DeregisterImage does not delete snapshots", () => {
  let proxy: Server;
  let onDeregistered: () => void = () => undefined;

  /** Forwards every call without the parameter that such a cloud does not support. */
  beforeAll(async () => {
    proxy = createServer((request, response) => {
      void bodyOf(request).then(async (body) => {
        const headers = Object.entries(request.headers).filter(
          ([name]) => !/^(host|connection|content-length)$/.test(name),
        );
        const reply = await fetch(`${cloud.endpoint().url}${request.url}`, {
          method: request.method ?? "POST",
          headers: Object.fromEntries(headers.map(([name, value]) => [name, String(value)])),
          body: body.replace(/&DeleteAssociatedSnapshots=true/, ""),
        });
        const text = await reply.text();
        if (body.includes("Action=DeregisterImage")) onDeregistered();
        response.writeHead(reply.status, { "content-type": reply.headers.get("content-type") ?? "text/xml" });
        response.end(text);
      });
    });
    await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
  });
  afterAll(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  beforeEach(() => {
    onDeregistered = () => undefined;
  });

  const env = () => ({ AWS_ENDPOINT_URL: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` });

  test("snapshots are deleted with separate calls", async () => {
    await bake(cloud, replacing("apart"));
    cloud.endpoint().forget();
    amis(await bake(cloud, replacing("apart"), { env: env() }));
    expect(heldImages(cloud)).toEqual(IMAGES("apart"));
    expect(cloud.endpoint().held().snapshots).toBeUndefined();
    expect(count("DeleteSnapshot")).toBeGreaterThan(1);
  });

  test("snapshots are deleted from the ledger when the run is interrupted between the calls", async () => {
    await bake(cloud, replacing("cut off"));
    const stop = new AbortController();
    onDeregistered = () => stop.abort(new Cancelled("by the test"));
    cloud.endpoint().forget();
    const { error } = await bake(cloud, replacing("cut off"), { env: env(), signal: stop.signal, fingerprint: "cut" });
    expect(error).toBeInstanceOf(Cancelled);
    expect(cloud.endpoint().held().snapshots).toBeUndefined();
    onDeregistered = () => undefined;
    amis(await bake(cloud, replacing("cut off"), { env: env(), fingerprint: "cut" }));
    expect(heldImages(cloud)).toEqual(IMAGES("cut off"));
    expect(cloud.endpoint().held().snapshots).toBeUndefined();
  });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}
