import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { CreateSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { BAKE, REHEARSE } from "../../src/action/bake.js";
import { commentClient } from "../../src/action/comment/client.js";
import { actionLog } from "../../src/action/log.js";
import { MATRIX } from "../../src/action/matrix.js";
import { fetchIdToken } from "../../src/action/oidc.js";
import { POST } from "../../src/action/post.js";
import { PROMOTE } from "../../src/action/promote.js";
import { PRUNE } from "../../src/action/prune.js";
import { SWEEP } from "../../src/action/sweep.js";
import { vaultName } from "../../src/aws/client/credentials.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { startGitHub } from "./comment/server.js";
import { commandsIn, inputsEnvironment, runOnRunner, type StepEnd } from "./runner.js";

const cloud = testCloud({ scale: 0 });
const folder = temporaryFolder("action-debug");

const debugLines = (log: string) =>
  commandsIn(log)
    .filter(({ name }) => name === "debug")
    .map(({ message }) => message);

const KEYS = { accessKeyId: "AKIATEMPLATE", secretAccessKey: "hunter2/of+the/template" };

/** The state of a bake that was killed after it created a security group with the keys of the template. */
async function killedBake(): Promise<Readonly<Record<string, string>>> {
  const ec2 = await cloud.session().ec2();
  const group = { GroupName: randomUUID(), Description: "test" };
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand(group));
  const account = { region: "us-east-1", credentials: vaultName(KEYS.accessKeyId) };
  const intent = { key: "k", kind: "security-group", build: "web", account };
  return {
    STATE_ledger_000001: JSON.stringify({ op: "intent", at: 0, intent }),
    STATE_ledger_000002: JSON.stringify({ op: "made", at: 0, key: "k", id: GroupId }),
    STATE_credentials_1: JSON.stringify({ name: vaultName(KEYS.accessKeyId), ...KEYS }),
  };
}

type Environment = Readonly<Record<string, string>>;

const on = (env: Environment): Environment => ({ ...cloud.env(), AWS_REGION: "us-east-1", RUNNER_DEBUG: "1", ...env });

/** Each step of each action, run with debug logging. */
const STEPS: readonly (readonly [string, RegExp, () => Promise<StepEnd>])[] = [
  [
    "Promotion",
    /^AWS ec2:DescribeImages in us-east-1: /,
    () =>
      runOnRunner(
        PROMOTE,
        folder(),
        on(inputsEnvironment({ parameter: "/images/web", artifact: "us-east-1:ami-0123456789abcdef0" })),
      ),
  ],
  [
    "Removal of older images",
    /^AWS ec2:DescribeImages in us-east-1: /,
    () =>
      runOnRunner(PRUNE, folder(), on(inputsEnvironment({ keep: "1", "keep-names": "web-*", regions: "us-east-1" }))),
  ],
  [
    "Sweep",
    /^AWS ec2:DescribeInstances in us-east-1: /,
    () => runOnRunner(SWEEP, folder(), on(inputsEnvironment({ regions: "us-east-1" }))),
  ],
  [
    "Release of resources",
    /^AWS ec2:DeleteSecurityGroup in us-east-1: OK, HTTP 200, /,
    async () => runOnRunner(POST, folder(), on({ ...(await killedBake()) })),
  ],
  [
    "Matrix",
    /^The template was read; builds: |^The template was read$/,
    () => {
      mkdirSync(join(folder(), "images"), { recursive: true });
      writeFileSync(join(folder(), "images", "web.json"), JSON.stringify({ builders: [{ type: "null" }] }));
      return runOnRunner(MATRIX, folder(), on(inputsEnvironment({ paths: "images" })));
    },
  ],
  [
    "Bake",
    /^The template could not be read; errors: /,
    () => runOnRunner(BAKE, folder(), on(inputsEnvironment({ template: "missing.json" }))),
  ],
  [
    "Bake",
    /^BakeError \(local-|^The template could not be read; errors: /,
    () =>
      runOnRunner(
        REHEARSE,
        folder(),
        on({ ...inputsEnvironment({ template: "missing.json" }), RUNNER_TEMP: folder() }),
      ),
  ],
];

describe("with RUNNER_DEBUG=1", () => {
  test.each(STEPS)("the step %s has a debug log, with %p", async (name, line, run) => {
    const { log } = await run();
    const lines = debugLines(log);
    expect(lines[0]).toMatch(/^bake-ami \d/);
    expect(lines[1]).toMatch(new RegExp(`^Action: ${name}`));
    expect(lines).toContainEqual(expect.stringMatching(line));
  });

  test("a secret that post learns is masked in the text of AWS", async () => {
    const message = `not signed with ${KEYS.secretAccessKey} (${encodeURIComponent(KEYS.secretAccessKey)})`;
    cloud
      .endpoint()
      .faults([{ action: "DeleteSecurityGroup", do: "error", code: "UnauthorizedOperation", message, status: 403 }]);
    const { log } = await runOnRunner(POST, folder(), on(await killedBake()));
    expect(debugLines(log)).toContainEqual(
      expect.stringMatching(
        /DeleteSecurityGroup .* UnauthorizedOperation, .*"not signed with <sensitive> \(<sensitive>\)"/,
      ),
    );
    expect(log.replace(`::add-mask::${KEYS.secretAccessKey}`, "")).not.toContain("hunter2");
  });
});

test("a line of the debug log can be no other command, also between lines of remote output", () => {
  const lines: string[] = [];
  const log = actionLog({
    write: (line) => lines.push(line),
    story: () => ["remote"],
    annotate: () => undefined,
    token: randomUUID,
  });
  log.listener({ type: "output", stream: "stdout", text: "remote", at: 0 });
  log.debug("50%\r\n::error::no ##[add-mask]the");
  log.listener({ type: "output", stream: "stdout", text: "remote", at: 0 });
  log.end();
  expect(commandsIn(lines.join("\n"))).toEqual([
    { name: "debug", properties: "", message: "50%25%0D%0A:\u200b:error::no ##\u200b[add-mask]the" },
  ]);
  expect(lines.filter((line) => line.startsWith("::stop-commands::"))).toHaveLength(2);
});

describe("requests to GitHub", () => {
  test("are logged with method, path, status and request ID, without the token", async () => {
    const github = await startGitHub();
    const lines: string[] = [];
    const debug = (text: () => string) => void lines.push(text());
    const access = { apiUrl: github.apiUrl, repository: "acme/images", token: "secret", debug };
    const client = await commentClient(access, new AbortController());
    try {
      await client.list(7);
      await client.create(7, "the body of the comment");
      await client.update(4711, "x").catch(() => undefined);
    } finally {
      await github.close();
    }
    expect(lines).toEqual([
      expect.stringMatching(
        /^GitHub GET \/repos\/\{owner\}\/\{repo\}\/issues\/\{issue_number\}\/comments: 200, request ID \S+, \d+ ms$/,
      ),
      expect.stringMatching(/^GitHub POST \/repos\/\{owner\}\/\{repo\}\/issues\/\{issue_number\}\/comments: 201, /),
      expect.stringMatching(/^GitHub PATCH \/repos\/\{owner\}\/\{repo\}\/issues\/comments\/\{comment_id\}: /),
    ]);
    expect(lines.join("\n")).not.toMatch(/secret|the body/);
  });

  test("for an OpenID Connect token are logged without the tokens", async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ value: "jwt-secret" }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const lines: string[] = [];
    const asked = fetchIdToken({
      env: {
        ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?key=url-secret`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-secret",
      },
      audience: "sts.amazonaws.com",
      fork: false,
      mask: () => undefined,
      debug: (text) => void lines.push(text()),
    });
    const token = await asked.finally(() => server.close());
    expect(token).toBe("jwt-secret");
    expect(lines).toEqual([expect.stringMatching(/^GitHub GET 127\.0\.0\.1:\d+: OpenID Connect token: OK, \d+ ms$/)]);
  });
});
