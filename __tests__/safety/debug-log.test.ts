import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { BAKE } from "../../src/action/bake.js";
import { commandsIn, inputsEnvironment, runOnRunner } from "../action/runner.js";
import { SOURCE } from "../builders/amazon-ebs/bake.js";
import { runReally } from "../engine/running.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";

const cloud = testCloud({ scale: 0 });
const folder = temporaryFolder("debug-safety");

const TOKEN = "github-token-0123456789";
const PASSWORD = "correct horse battery staple";
const KEY = "secret-access-key-0123456789";
/** Values that no log may have; the last one is in no sensitive variable. */
const SECRETS = [TOKEN, PASSWORD, KEY, "value-of-a-user", "text-of-user-data"];

const TEMPLATE = {
  variables: { password: "", plain: "" },
  "sensitive-variables": ["password"],
  builders: [
    {
      type: "amazon-ebs",
      region: "us-east-1",
      instance_type: "t3.micro",
      ssh_username: "ubuntu",
      ami_name: "web {{uuid}}",
      user_data: "#!/bin/sh\necho text-of-user-data {{user `password`}} {{user `plain`}}",
      ...SOURCE,
    },
  ],
  provisioners: [
    { type: "shell", environment_vars: ["PASSWORD={{user `password`}}", "PLAIN={{user `plain`}}"], inline: ["true"] },
  ],
};

type Environment = Readonly<Record<string, string>>;

/** What was printed, and the log file, of a bake that EC2 refuses to launch. */
interface Logged {
  readonly code: number;
  readonly printed: string;
  readonly file: string | undefined;
}

const environment = () => ({ ...cloud.env(), AWS_SECRET_ACCESS_KEY: KEY, HOME: folder(), XDG_STATE_HOME: folder() });
const LOG = () => join(folder(), "bake.log");

function logFile(): string | undefined {
  if (!existsSync(LOG())) return undefined;
  expect((statSync(LOG()).mode & 0o777).toString(8)).toBe("600");
  return readFileSync(LOG(), "utf8");
}

const FACES: Readonly<Record<string, (env: Environment) => Promise<Logged>>> = {
  async "the command line"(env) {
    const args = [
      "-ssh-source-cidrs=127.0.0.0/8",
      "-var",
      `password=${PASSWORD}`,
      "-var",
      "plain=value-of-a-user",
      "web.json",
    ];
    const ran = await runReally(["build", ...args], { cwd: folder(), env: { ...environment(), ...env } });
    return { code: ran.code, printed: ran.err, file: logFile() };
  },
  async "the action"(env) {
    const inputs = inputsEnvironment({
      template: "web.json",
      "ssh-source-cidrs": "127.0.0.0/8",
      variables: `password=${PASSWORD}\nplain=value-of-a-user`,
      "github-token": TOKEN,
      comment: "never",
    });
    const ran = await runOnRunner(BAKE, folder(), { ...environment(), ...inputs, ...env });
    const lines = ran.log.split("\n").filter((line) => !line.startsWith("::add-mask::"));
    return { code: ran.code, printed: lines.join("\n"), file: logFile() };
  },
};

beforeEach(() => {
  rmSync(LOG(), { force: true });
  writeFileSync(join(folder(), "web.json"), JSON.stringify(TEMPLATE, undefined, 2));
  cloud.endpoint().forget();
  const message = "set by the test";
  cloud
    .endpoint()
    .faults([{ action: "RunInstances", nth: 1, do: "error", code: "InvalidParameterValue", message, status: 400 }]);
});

/** Every form in which a program may print a secret. */
function formsOf(secret: string): readonly string[] {
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64").replace(/=+$/, "")];
}

function expectNoSecret(text: string): void {
  for (const secret of SECRETS.flatMap(formsOf)) expect(text).not.toContain(secret);
  const userData = Buffer.from(TEMPLATE.builders[0]?.user_data.slice(0, 30) ?? "").toString("base64");
  expect(text).not.toContain(userData.slice(0, 30));
}

const refusedId = () =>
  cloud
    .endpoint()
    .calls()
    .find(({ action, error }) => action === "RunInstances" && error === "InvalidParameterValue")?.requestId;

const SWITCHES: readonly Environment[] = [
  { RUNNER_DEBUG: "1" },
  { ACTIONS_STEP_DEBUG: "true" },
  { PACKER_LOG: "1" },
  { BAKE_AMI_LOG: "debug" },
];

const CASES = Object.keys(FACES).flatMap((face) => SWITCHES.map((env) => [face, env] as const));

describe("a failing bake", () => {
  test.each(CASES)("by %s with %j has a log with the request ID and no secret", async (face, env) => {
    const { code, printed, file } = await (FACES[face] as (typeof FACES)[string])(env);
    expect(code).toBe(1);
    expect(file).toBeUndefined();
    const lines =
      face === "the action"
        ? commandsIn(printed)
            .filter(({ name }) => name === "debug")
            .map(({ message }) => message)
        : printed
            .split("\n")
            .flatMap((line) => /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[DEBUG\] (.*)$/.exec(line)?.[1] ?? []);
    expect(lines[0]).toMatch(/^bake-ami \d+\.\d+\.\d+, Node v\d+/);
    expect(lines[2]).toBe("Template: web.json");
    const log = lines.join("\n");
    expect(log).toContain(
      face === "the action"
        ? "Action: Bake, with comment, github-token, ssh-source-cidrs, template, variables"
        : "Command: build, with -var, -ssh-source-cidrs",
    );
    expect(log).toMatch(
      new RegExp(`RunInstances in us-east-1: InvalidParameterValue, HTTP 400, .* request ID ${refusedId()}: "set by`),
    );
    for (const decision of [
      "Source AMI ami-",
      "Fingerprint: ",
      "No subnet is set: EC2",
      "Key type: ed25519",
      "Ingress: ",
    ])
      expect(log).toContain(`amazon-ebs: ${decision}`);
    expect(log).toContain("Credentials in us-east-1: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    expectNoSecret(printed);
  });

  test.each(CASES)("by %s with %j writes the log to a file, with the error", async (face, env) => {
    const { code, printed, file } = await (FACES[face] as (typeof FACES)[string])({
      ...env,
      PACKER_LOG_PATH: "bake.log",
    });
    expect(code).toBe(1);
    expect(printed).not.toContain("[DEBUG]");
    expect(commandsIn(printed).filter(({ name }) => name === "debug")).toEqual([]);
    expect(file).toMatch(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[DEBUG\] bake-ami \d/);
    expect(file).toContain(`request ID ${refusedId()}`);
    expect(file).toMatch(/ ui: .*AWS call ec2:RunInstances in us-east-1 failed: "set by the test"/);
    expect(file).toMatch(/ ui: ==> amazon-ebs: Creating temporary keypair/);
    expectNoSecret(file ?? "");
  });

  test.each(Object.keys(FACES))("by %s prints the same without a debug log as with one that is off", async (face) => {
    const stable = (text: string) =>
      text
        .replace(
          /[0-9a-f]{8}-[0-9a-f-]{27}|\b(sg|i|key|ami)-[0-9a-f]+|\d+ (milli)?seconds?|end_\S+|::[0-9a-f-]{36}/g,
          "X",
        )
        .replace(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, "T")
        // Steps run in parallel.
        .split("\n")
        .sort()
        .join("\n");
    const run = FACES[face] as (typeof FACES)[string];
    const plain = stable((await run({})).printed);
    cloud.endpoint().forget();
    cloud.endpoint().faults([
      {
        action: "RunInstances",
        nth: 1,
        do: "error",
        code: "InvalidParameterValue",
        message: "set by the test",
        status: 400,
      },
    ]);
    const off = stable((await run({ PACKER_LOG: "0", RUNNER_DEBUG: "", BAKE_AMI_LOG_PATH: "bake.log" })).printed);
    expect(off).toBe(plain);
    expect(plain).not.toMatch(/DEBUG|::debug::|request ID/);
    expect(logFile()).toBeUndefined();
  });

  test.each(Object.keys(FACES))("by %s is not changed by a log file that cannot be written", async (face) => {
    const { code, printed } = await (FACES[face] as (typeof FACES)[string])({
      PACKER_LOG: "1",
      PACKER_LOG_PATH: "no/such/bake.log",
    });
    expect(code).toBe(1);
    expect(printed.match(/The debug log is printed, because its file cannot be used/g)).toHaveLength(1);
    expect(printed).toContain("set by the test");
    expect(printed).toContain(`request ID ${refusedId()}`);
  });
});

describe("a data source", () => {
  test("is logged without the secrets of its address and headers, known before it is read", async () => {
    const secret = createHash("sha256").update("x").digest("hex");
    const hcl = `variable "token" {
  type      = string
  sensitive = true
}
data "http" "x" {
  url             = "http://user:\${var.token}@127.0.0.1:1/\${var.token}?key=\${var.token}"
  request_headers = { Authorization = "Bearer \${var.token}" }
}
source "null" "n" {
  communicator = "none"
}
build {
  sources = ["null.n"]
}
`;
    writeFileSync(join(folder(), "data.pkr.hcl"), hcl);
    const { err } = await runReally(["build", "-var", `token=${secret}`, "data.pkr.hcl"], {
      cwd: folder(),
      env: { PACKER_LOG: "1" },
    });
    expect(err).toMatch(/\[DEBUG\] HTTP GET 127\.0\.0\.1:1: failed after \d+ ms/);
    expect(err).not.toContain(secret);
  });
});
