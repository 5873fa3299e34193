import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type ServerOptions, startGitHub } from "../action/comment/server.js";
import { startHostMachine } from "../ssh/server/host-machine.js";

/** Servers that a mistake meets in addition to the local cloud. */
export interface NeededServers {
  /** The GitHub that comments go to; needed only where a comment is written. */
  readonly github?: ServerOptions;
  /** `tokens`: the OpenID Connect token endpoint of the job. `ssh`: a machine at 127.0.0.1:SSH_PORT whose only user is "builder". */
  readonly server?: "tokens" | "ssh";
}

/** Servers while they run. */
export interface RunningServers {
  readonly env: Readonly<Record<string, string>>;
  /** The port of the SSH server; undefined without one. */
  readonly sshPort: number | undefined;
  close(): Promise<void>;
}

/** Starts what a mistake needs. */
export async function startServers({ github, server }: NeededServers): Promise<RunningServers> {
  const api = github && (await startGitHub(github));
  const tokens = server === "tokens" ? await startTokens() : undefined;
  const machine = server === "ssh" ? await startHostMachine() : undefined;
  return {
    env: { ...(api && { GITHUB_API_URL: api.apiUrl }), ...tokens?.env },
    sshPort: machine?.port,
    async close() {
      await Promise.all([api?.close(), tokens?.close(), machine?.close()]);
    },
  };
}

/** Starts GitHub's token endpoint: each token is of a branch that is not `main`, as GitHub's `sub` claims are written. */
async function startTokens() {
  const claims = { iss: "https://token.actions.githubusercontent.com", sub: "repo:acme/images:ref:refs/heads/try" };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const value = [part({ alg: "RS256" }), part({ ...claims, aud: "sts.amazonaws.com" }), "c2lnbmVk"].join(".");
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ value }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token",
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
