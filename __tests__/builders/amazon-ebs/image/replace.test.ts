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
  test("go in one call", async () => {
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

  test("stay together when the image may not be removed: nothing is held on record", async () => {
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

describe("an image that waits in its region for the name", () => {
  test("is removed by the rerun, when the run was cut off before it had it", async () => {
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

describe("where DeregisterImage knows nothing of snapshots", () => {
  let gate: Server;
  let onDeregistered: () => void = () => undefined;

  /** Hands every call on, without the option that such a cloud does not know. */
  beforeAll(async () => {
    gate = createServer((request, response) => {
      void bodyOf(request).then(async (body) => {
        const headers = Object.entries(request.headers).filter(
          ([name]) => !/^(host|connection|content-length)$/.test(name),
        );
        const answer = await fetch(`${cloud.endpoint().url}${request.url}`, {
          method: request.method ?? "POST",
          headers: Object.fromEntries(headers.map(([name, value]) => [name, String(value)])),
          body: body.replace(/&DeleteAssociatedSnapshots=true/, ""),
        });
        const text = await answer.text();
        if (body.includes("Action=DeregisterImage")) onDeregistered();
        response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/xml" });
        response.end(text);
      });
    });
    await new Promise<void>((done) => gate.listen(0, "127.0.0.1", done));
  });
  afterAll(() => {
    gate.closeAllConnections();
    gate.close();
  });
  beforeEach(() => {
    onDeregistered = () => undefined;
  });

  const env = () => ({ AWS_ENDPOINT_URL: `http://127.0.0.1:${(gate.address() as AddressInfo).port}` });

  test("they go by calls of their own", async () => {
    await bake(cloud, replacing("apart"));
    cloud.endpoint().forget();
    amis(await bake(cloud, replacing("apart"), { env: env() }));
    expect(heldImages(cloud)).toEqual(IMAGES("apart"));
    expect(cloud.endpoint().held().snapshots).toBeUndefined();
    expect(count("DeleteSnapshot")).toBeGreaterThan(1);
  });

  test("and from the record when the run is cut off between the two", async () => {
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
