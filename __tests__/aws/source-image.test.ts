import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openSession } from "../../src/aws/client/open-session.js";
import { ambientAccess } from "../../src/aws/client/options.js";
import type { AwsSession } from "../../src/aws/client/session.js";
import { findSourceImage } from "../../src/aws/source-image.js";
import { partContext } from "../support/context.js";

/** The images that EC2 returns: id, name and creation time. */
let images: readonly (readonly [id: string, name: string, created: string])[] = [];
let server: Server;
let session: AwsSession;

beforeAll(async () => {
  server = createServer((_request, response) => {
    const items = images.map(
      ([id, name, created]) =>
        `<item><imageId>${id}</imageId><name>${name}</name><imageState>available</imageState><creationDate>${created}</creationDate></item>`,
    );
    response.setHeader("content-type", "text/xml");
    response.end(`<DescribeImagesResponse><imagesSet>${items.join("")}</imagesSet></DescribeImagesResponse>`);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const env = { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
  session = await openSession({ ...ambientAccess, region: "us-east-1" }, { ...partContext("/").surroundings, env });
});

afterAll(async () => {
  session.close();
  await new Promise((closed) => server.close(closed));
});

const query = { imageId: undefined, filters: [], owners: ["self"], mostRecent: true, includeDeprecated: false };
const find = () => findSourceImage({ session, region: "us-east-1", signal: new AbortController().signal }, query);

const OLD = "2026-11-30T10:00:00.000Z";
const NEW = "2026-11-30T10:00:01.000Z";

test.each<[string, typeof images, string]>([
  [
    "the newest",
    [
      ["ami-9", "z", OLD],
      ["ami-1", "a", NEW],
    ],
    "ami-1",
  ],
  [
    "of one creation second, the last by id, as everywhere",
    [
      ["ami-1", "z", NEW],
      ["ami-2", "a", NEW],
    ],
    "ami-2",
  ],
  [
    "also in another order of the response",
    [
      ["ami-2", "a", NEW],
      ["ami-1", "z", NEW],
    ],
    "ami-2",
  ],
  [
    "the newest by time, also where the text sorts otherwise",
    [
      ["ami-1", "a", "2026-11-30T10:00:00Z"],
      ["ami-2", "b", "2026-11-30T10:00:00.500Z"],
    ],
    "ami-2",
  ],
])("the most recent source image is %s", async (_, given, expected) => {
  images = given;
  expect((await find()).id).toBe(expected);
});
