/** A stand-in for GitHub's OpenID Connect token service. */
import { createServer } from "node:http";

/** Starts the service; returns the tokens that it issued, its `url`, and `close`. */
export async function startTokens() {
  const issued = [];
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://localhost");
    if (request.headers.authorization !== "Bearer of-the-job") return response.writeHead(401).end();
    const claims = { sub: "repo:example/images", aud: url.searchParams.get("audience"), jti: String(issued.length) };
    const value = `${encode({ alg: "RS256" })}.${encode(claims)}.${encode("signature")}`;
    issued.push(value);
    return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ value }));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { issued, url: `http://127.0.0.1:${server.address().port}/token?v=1`, close: () => server.close() };
}
