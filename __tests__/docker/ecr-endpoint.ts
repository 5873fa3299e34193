import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll } from "@jest/globals";

/** A call that the endpoint received. */
export interface EcrCall {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An HTTP endpoint with one response for every call of ECR and ECR Public. */
export interface EcrEndpoint {
  readonly calls: readonly EcrCall[];
  /** Settings of the AWS clients for the endpoint, without credentials. */
  env(): Readonly<Record<string, string>>;
  respond(status: number, body: object): void;
  /** Responds as ECR does, with a list of tokens. */
  tokens(user: string, password: string): void;
  /** Responds as ECR Public does, with one token. */
  publicToken(user: string, password: string): void;
}

/** Serves on the loopback interface while the tests of the file run. */
export function ecrEndpoint(): EcrEndpoint {
  const calls: EcrCall[] = [];
  let given = { status: 200, body: {} };
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      calls.push({ headers: request.headers, body });
      response.writeHead(given.status, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(given.body));
    });
  });
  beforeAll(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)));
  afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const token = (user: string, password: string) => ({
    authorizationToken: Buffer.from(`${user}:${password}`).toString("base64"),
  });
  const respond = (status: number, body: object) => {
    given = { status, body };
  };
  return {
    calls,
    env() {
      const { port } = server.address() as AddressInfo;
      return { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_EC2_METADATA_DISABLED: "true" };
    },
    respond,
    tokens: (user, password) => respond(200, { authorizationData: [token(user, password)] }),
    publicToken: (user, password) => respond(200, { authorizationData: token(user, password) }),
  };
}
