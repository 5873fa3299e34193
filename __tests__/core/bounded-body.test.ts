import { expect, test } from "@jest/globals";
import { limitBody, readBody } from "../../src/core/bounded-body.js";

async function* pieces(...texts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

test("a body is read as UTF-8, also where a character is divided", async () => {
  const [first, ...rest] = new TextEncoder().encode("é!");
  async function* divided() {
    yield Uint8Array.of(first ?? 0);
    yield Uint8Array.from(rest);
  }
  expect(await readBody(divided())).toBe("é!");
  expect(await readBody(null)).toBe("");
});

test("a body above the limit is refused, and not read further", async () => {
  let isEnded = false;
  async function* endless() {
    try {
      for (;;) yield new Uint8Array(10);
    } finally {
      isEnded = true;
    }
  }
  expect(await readBody(pieces("12345", "67890"), 10)).toBe("1234567890");
  await expect(readBody(endless(), 1_000_000)).rejects.toMatchObject({
    code: "response-too-large",
    message: "The response is larger than 1 MB",
  });
  expect(isEnded).toBe(true);
});

test("a limited response keeps its status, headers and address", async () => {
  const response = new Response("text", { status: 201, headers: { "x-kind": "test" } });
  Object.defineProperty(response, "url", { value: "https://a.example/" });
  const limited = limitBody(response, 4);
  expect([limited.status, limited.headers.get("x-kind"), limited.url, await limited.text()]).toEqual([
    201,
    "test",
    "https://a.example/",
    "text",
  ]);
  await expect(limitBody(new Response("texts"), 4).text()).rejects.toThrow("The response is larger than");
  expect(limitBody(new Response(null, { status: 204 })).status).toBe(204);
});
