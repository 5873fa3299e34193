import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface StoredComment {
  readonly id: number;
  body: string;
  readonly login: string;
}

/** A GitHub that keeps comments of one repository's pull requests, over HTTP, in pages, under a path as on GHES. */
export interface GitHubServer {
  readonly apiUrl: string;
  readonly comments: StoredComment[];
  /** `METHOD path` of every request. */
  readonly requests: string[];
  close(): Promise<void>;
}

export interface ServerOptions {
  /** Whom the token is; undefined: GET /user is refused, as for a job's own token. */
  readonly login?: string;
  /** Refuses what would write. */
  readonly readOnly?: boolean;
  /** Pull requests of any commit and branch. */
  readonly pullRequests?: readonly {
    readonly number: number;
    readonly state: "open" | "closed";
    readonly head?: { readonly sha: string };
  }[];
  /** Returns what is answered to a request instead, by `METHOD path` and its number from 1; undefined answers it. */
  readonly refuse?: (request: string, number: number) => RefusedRequest | undefined;
}

/** A refusal, a connection that is closed, or no response at all. `late` carries the request out first. */
export type RefusedRequest =
  | {
      readonly status: number;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly late?: boolean;
    }
  | "closed"
  | "silent";

const ROOT = "/api/v3";

/** Starts one on a free port. */
export async function startGitHub(options: ServerOptions = {}): Promise<GitHubServer> {
  const comments: StoredComment[] = [];
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const name = `${request.method} ${request.url}`;
    requests.push(name);
    const refused = options.refuse?.(name, requests.length);
    if (refused === "silent") return;
    if (refused === "closed") return void request.socket.destroy();
    bodyOf(request)
      .then((body) => {
        if (refused === undefined) return handle(request, response, body, comments, options);
        if (refused.late) store(request, body, comments);
        const { status, headers = {}, message = "Server Error" } = refused;
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(JSON.stringify({ message }));
      })
      .catch((error: Error) => response.writeHead(500).end(error.message));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}${ROOT}`,
    comments,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Carries out a new comment whose response is lost. */
function store(request: IncomingMessage, sent: { readonly body?: string }, comments: StoredComment[]): void {
  if (request.method !== "POST") return;
  comments.push({ id: comments.length + 1, body: sent.body ?? "", login: "github-actions[bot]" });
}

async function bodyOf(request: IncomingMessage): Promise<{ readonly body?: string }> {
  let text = "";
  for await (const part of request) text += String(part);
  return text === "" ? {} : JSON.parse(text);
}

function handle(
  request: IncomingMessage,
  response: ServerResponse,
  sent: { readonly body?: string },
  comments: StoredComment[],
  options: ServerOptions,
): void {
  const url = new URL(request.url ?? "", `http://${request.headers.host}`);
  const route = `${request.method} ${url.pathname.replace(ROOT, "")}`;
  const answer = (status: number, value: unknown, headers: Record<string, string> = {}) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
  if (request.headers.authorization !== "token secret") return void answer(401, { message: "Bad credentials" });
  if (options.readOnly && request.method !== "GET")
    return void answer(403, { message: "Resource not accessible by integration" });
  if (route === "GET /user") {
    if (options.login) return void answer(200, { login: options.login });
    return void answer(403, { message: "Resource not accessible by integration" });
  }
  if (route === "GET /repos/acme/images/issues/7/comments") return void page(url, comments, answer);
  if (route === "POST /repos/acme/images/issues/7/comments") {
    const comment = { id: comments.length + 1, body: sent.body ?? "", login: options.login ?? "github-actions[bot]" };
    comments.push(comment);
    return void answer(201, shown(comment));
  }
  const [, id] = /^PATCH \/repos\/acme\/images\/issues\/comments\/(\d+)$/.exec(route) ?? [];
  const comment = comments.find((c) => c.id === Number(id));
  if (comment) {
    comment.body = sent.body ?? "";
    return void answer(200, shown(comment));
  }
  if (/^GET \/repos\/acme\/images\/(commits\/[0-9a-f]+\/)?pulls$/.test(route))
    return void answer(
      200,
      (options.pullRequests ?? []).map((pull) => ({ head: { sha: "" }, ...pull })),
    );
  answer(404, { message: "Not Found" });
}

function page(
  url: URL,
  comments: readonly StoredComment[],
  answer: (status: number, value: unknown, headers?: Record<string, string>) => void,
): void {
  const size = Number(url.searchParams.get("per_page") ?? 30);
  const number = Number(url.searchParams.get("page") ?? 1);
  const next = new URL(url);
  next.searchParams.set("page", String(number + 1));
  const rest = comments.length > size * number;
  answer(
    200,
    comments.slice(size * (number - 1), size * number).map(shown),
    rest ? { link: `<${next.href}>; rel="next"` } : {},
  );
}

function shown({ id, body, login }: StoredComment) {
  return { id, body, user: { login }, html_url: `https://ghes.example/acme/images/pull/7#issuecomment-${id}` };
}
