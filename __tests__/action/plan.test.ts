import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { BAKE } from "../../src/action/bake.js";
import { PLAN } from "../../src/action/plan.js";
import { SOURCE } from "../builders/amazon-ebs/bake.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { type GitHubServer, startGitHub } from "./comment/server.js";
import { commandsIn, inputsEnvironment, runOnRunner } from "./runner.js";

const cloud = testCloud();
const folder = temporaryFolder("plan-step");

/** A template whose AMI has its path in its name. */
function write(path: string, userData: string, more: Readonly<Record<string, unknown>> = {}): void {
  const builder = {
    ...{ type: "amazon-ebs", region: "us-east-1", ami_regions: ["eu-west-1"], instance_type: "t3.micro", ...SOURCE },
    ...{ communicator: "none", ami_name: `${path} {{timestamp}} {{uuid}}`, user_data: userData, ...more },
  };
  mkdirSync(join(folder(), "images"), { recursive: true });
  writeFileSync(join(folder(), "images", `${path}.json`), JSON.stringify({ builders: [builder] }));
}

const REPOSITORY = "acme/images";
const pull = (from: string) => ({ pull_request: { number: 7, head: { sha: "abc", repo: { full_name: from } } } });

let server: GitHubServer;

beforeEach(async () => {
  server = await startGitHub();
});

afterEach(() => server.close());

/** Runs a step of a pull request from `from`, by default of the repository itself. */
async function step(
  which: typeof PLAN | typeof BAKE,
  inputs: Readonly<Record<string, string>>,
  { from = REPOSITORY, env = {} }: { readonly from?: string; readonly env?: Readonly<Record<string, string>> } = {},
) {
  cloud.endpoint().forget();
  const event = join(folder(), "event.json");
  writeFileSync(event, JSON.stringify(pull(from)));
  const given = {
    ...cloud.env(),
    ...{ AWS_REGION: "us-east-1", GITHUB_WORKSPACE: folder(), GITHUB_REPOSITORY: REPOSITORY, HOME: folder() },
    ...{ GITHUB_EVENT_NAME: "pull_request", GITHUB_EVENT_PATH: event, GITHUB_API_URL: server.apiUrl },
    ...inputsEnvironment({ "ssm-parameter": "/images/{image}/latest", "github-token": "secret", ...inputs }),
    ...env,
  };
  const ended = which === BAKE ? await runOnRunner(BAKE, folder(), given) : await runOnRunner(PLAN, folder(), given);
  const calls = cloud
    .endpoint()
    .calls()
    .map(({ service, action }) => `${service}:${action}`);
  const problems = commandsIn(ended.log).filter(({ name }) => /^(error|warning|notice)$/.test(name));
  return { ...ended, calls, problems: problems.map(({ name, message }) => `${name}: ${message}`) };
}

const READS = /^[\w-]+:(Describe|Get|List)/;

const planIn = (outputs: Readonly<Record<string, string>>) => JSON.parse(outputs.plan ?? "");

/** The template of the recipe. */
const HCL = (version: string) => `
source "amazon-ebs" "web" {
  region        = "us-east-1"
  instance_type = "t3.micro"
  communicator  = "none"
  ami_name      = "web \${uuidv4()}"
  user_data     = "#!/bin/sh\\n# ${version}"
  source_ami_filter {
    owners      = ${JSON.stringify(SOURCE.source_ami_filter.owners)}
    most_recent = true
    filters     = ${JSON.stringify(SOURCE.source_ami_filter.filters)}
  }
}
build {
  sources = ["source.amazon-ebs.web"]
}
`;

/** The inputs of the steps of the recipe. The role and the expression need GitHub. */
function recipeInputs(job: "plan" | "bake"): Readonly<Record<string, string>> {
  const path = fileURLToPath(new URL("../../examples/workflows/plan-and-bake.yml", import.meta.url));
  const { steps } = parse(readFileSync(path, "utf8")).jobs[job];
  const { with: given } = steps.find(({ uses }: { uses: string }) => uses.startsWith("OWNER/"));
  const { "role-to-assume": _role, local: _local, comment: _comment, ...inputs } = given;
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, String(value)]));
}

test("the recipe plans what it bakes: with its inputs, all is to do before the bake, nothing after it, and a change is found", async () => {
  const inputs = recipeInputs("plan");
  expect(recipeInputs("bake")).toEqual(inputs);
  const template = join(folder(), inputs.template ?? "");
  mkdirSync(dirname(template), { recursive: true });
  writeFileSync(template, HCL("1"));
  const first = await step(PLAN, inputs);
  expect([first.code, first.problems]).toEqual([0, []]);
  expect(first.outputs.changes).toBe("true");
  expect(first.files.summary).toContain("## 🔨 Plan of `images/web`\n\n**1 build to bake; 2 parameters to set** from");
  expect(first.files.summary).toContain("no earlier image of this build exists");
  expect(first.log).toContain("amazon-ebs.web: Bake: no earlier image of this build exists");

  const baked = await step(BAKE, { ...inputs, comment: "never" });
  expect([baked.code, baked.problems]).toEqual([0, []]);
  const ids: Record<string, string> = JSON.parse(baked.outputs["ami-ids"] ?? "");
  const second = await step(PLAN, inputs);
  expect([second.code, second.outputs.changes]).toEqual([0, "false"]);
  expect(second.files.summary).toContain("## ✅ Plan of `images/web`\n\n**Nothing to do** from `images/web.pkr.hcl`");
  expect(second.log).toContain("Plan: Nothing to do.");
  const { builds } = planIn(second.outputs);
  expect(builds).toMatchObject([{ name: "amazon-ebs.web", decision: "reuse", existing_ami: ids["us-east-1"] }]);
  for (const { region, ami, parameter } of builds[0].regions) {
    const name = "/images/web/latest";
    expect([ami, parameter]).toEqual(["present", { name, from: ids[region], from_known: true, to: ids[region] }]);
  }

  writeFileSync(template, HCL("2"));
  const third = await step(PLAN, { ...inputs, keep: "1" });
  expect([third.code, third.outputs.changes]).toEqual([0, "true"]);
  expect(planIn(third.outputs)).toMatchObject({
    format_version: "1.0",
    template: "images/web.pkr.hcl",
    image: "web",
    account: expect.stringMatching(/^\d{12}$/),
    builds: [
      {
        decision: "bake",
        changes: [{ what: expect.stringContaining("user_data") }],
        // The parameters name them now, and the new ones after the bake.
        regions: ["us-east-1", "eu-west-1"].map((region) => ({ region, removes: [ids[region]] })),
      },
    ],
  });
  expect(third.files.summary).toContain("**1 build to bake; 2 parameters to set, 2 older AMIs to remove** from");
  expect(third.files.summary).toContain(`changed since ${ids["us-east-1"]}`);
  expect(third.files.summary).toContain(`<samp>${ids["eu-west-1"]}</samp></a></td><td nowrap>new AMI</td>`);
  for (const { calls } of [first, second, third])
    expect([calls.length > 0, calls.filter((call) => !READS.test(call))]).toEqual([true, []]);
});

/** The actions of the policy in docs/iam.md, and those that read in the row of a feature. */
const IAM = readFileSync(fileURLToPath(new URL("../../docs/iam.md", import.meta.url)), "utf8");
const actionsIn = (text: string): readonly string[] => text.match(/\b[a-z0-9-]+:[A-Z]\w+/g) ?? [];
const ROLE_OF_PLAN = actionsIn(/## The role of a plan\n[\s\S]*?```json\n([\s\S]*?)```/.exec(IAM)?.[1] ?? "");
const rowOf = (feature: string) => actionsIn(IAM.split("\n").find((line) => line.startsWith(`| ${feature}`)) ?? "");

const NETWORK = { vpc_filter: { filters: { "is-default": "true" } }, subnet_filter: { filters: {}, most_free: true } };
const LOGIN = { communicator: "ssh", ssh_username: "u" };
const SHARING = "`ami_users`, `ami_groups`, `ami_org_arns`, `ami_ou_arns`, `snapshot_users`, `snapshot_groups`";

test.each<[string, Readonly<Record<string, unknown>>, Readonly<Record<string, string>>, readonly string[]]>([
  ["in a network by filter", NETWORK, {}, []],
  ["with a key pair and a security group of its own", { ssh_keypair_name: "none", security_group_id: "sg-0" }, {}, []],
  ["with force", { force_delete_snapshot: true }, { force: "true" }, []],
  ["that is shared", { ami_users: ["210987654321"], snapshot_users: ["210987654321"] }, {}, [SHARING]],
  ["that is public", { ami_groups: ["all"] }, {}, ["`ami_groups: all`", SHARING]],
  ["with a profile", { iam_instance_profile: "none" }, {}, ["`iam_instance_profile`"]],
  ["that removes older AMIs", {}, { keep: "1" }, ["`keep`"]],
  ["with the access that works", LOGIN, { access: "auto", "ssh-source-cidrs": "192.0.2.0/24" }, ["`access: auto`"]],
])("the plan of a bake %s needs only what docs/iam.md lists, and only reads", async (_, options, inputs, features) => {
  write("web", "#!/bin/sh\n# 1", options);
  const { calls } = await step(PLAN, { template: "images/web.json", comment: "never", ...inputs });
  const allowed = [...ROLE_OF_PLAN, ...features.flatMap(rowOf), "sts:GetCallerIdentity"];
  expect([ROLE_OF_PLAN.length > 5, calls.length > 3]).toEqual([true, true]);
  expect([...new Set(calls)].filter((call) => !allowed.includes(call) || !READS.test(call))).toEqual([]);
});

test("the comment is written once, stays while the plan is the same, and is updated when the plan changes", async () => {
  write("web", "#!/bin/sh");
  const inputs = { template: "images/web.json", "skip-unchanged": "true" };
  const first = await step(PLAN, inputs);
  const second = await step(PLAN, inputs);
  expect(second.log).toContain(`Comment: ${first.outputs["comment-url"]} (unchanged)`);
  write("web", "#!/bin/sh", { ami_regions: [] });
  const third = await step(PLAN, inputs);
  expect(first.outputs["comment-url"]).toMatch(/^https?:\/\/\S+/);
  for (const { outputs } of [second, third]) expect(outputs["comment-url"]).toBe(first.outputs["comment-url"]);
  expect(server.comments.map(({ body }) => /^## .*\n\n\*\*[^*]*\*\*/m.exec(body)?.[0])).toEqual([
    "## 🔨 Plan of `images/web`\n\n**1 build to bake; 1 parameter to set**",
  ]);
  expect(server.requests.filter((request) => !request.startsWith("GET"))).toHaveLength(2);
});

const NO_KEYS = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
const ROLE = { "role-to-assume": "arn:aws:iam::123456789012:role/plan" };

test.each<[string, Readonly<Record<string, string>>, string]>([
  ["without credentials", {}, "No AWS credentials were found"],
  ["with a role that the job cannot assume", ROLE, "The job cannot request an OpenID Connect token"],
])("a plan %s says what it could not look up, and does not fail", async (_, role, reason) => {
  write("web", "#!/bin/sh\n# 1");
  const { code, outputs, files, calls, problems } = await step(
    PLAN,
    { template: "images/web.json", ...role },
    { env: NO_KEYS },
  );
  expect([code, outputs.changes, calls, problems]).toEqual([0, "true", [], []]);
  expect(files.summary).toContain("## ⚠️ Plan of `images/web`\n\n**1 build not known** from");
  expect(files.summary).toContain(`could not be read&#58; ${reason}`);
  expect(planIn(outputs).builds).toMatchObject([
    { decision: "unknown", not_looked_up: [expect.stringContaining(reason)] },
  ]);
});

test("on a pull request from a fork, the plan is in the summary, and a notice says why there is no comment", async () => {
  await server.close();
  server = await startGitHub({ readOnly: true });
  write("web", "#!/bin/sh\n# 1");
  const fork = { from: "me/images", env: NO_KEYS };
  const { code, outputs, files, problems } = await step(PLAN, { template: "images/web.json", ...ROLE }, fork);
  expect([code, outputs["comment-url"]]).toEqual([0, ""]);
  expect(problems).toEqual([
    expect.stringMatching(/^notice: The token has no permission to comment on the pull request, which is from a fork/),
  ]);
  expect(files.summary).toContain("**1 build not known** from");
  expect(files.summary).toContain("Jobs of pull requests from forks get no credentials. Set the input `local` to true");
});

test.each<[string, string, Readonly<Record<string, string>>, RegExp]>([
  ["a syntax error", '{"builders": [', {}, /^error: .*%0A {2}at images\/broken\.json|^error: /],
  ["an unknown option", '{"builders": [{"type": "amazon-ebs", "ami_nmae": "x"}]}', {}, /^error: .*ami_nmae/],
])("a plan of a template with %s fails, and the comment has the error", async (_, text, inputs, expected) => {
  mkdirSync(join(folder(), "images"), { recursive: true });
  writeFileSync(join(folder(), "images/broken.json"), text);
  const { code, outputs, problems } = await step(PLAN, { template: "images/broken.json", ...inputs });
  expect([code, outputs.changes, outputs.plan]).toEqual([1, "", "{}"]);
  expect(problems).toContainEqual(expect.stringMatching(expected));
  expect(server.comments[0]?.body).toContain("## ❌ Plan of `images/broken`\n\n**Failed** from `images/broken.json`");
});

/** The local cloud changes the environment of the process. */
const before = { ...process.env };
afterAll(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});

test("with local, a plan compares with the local cloud of the job, without the role and without an instance", async () => {
  write("web", "#!/bin/sh\n# 1");
  const env = { ...NO_KEYS, AWS_ENDPOINT_URL: "", RUNNER_TEMP: folder() };
  const { code, outputs, files, problems, calls } = await step(
    PLAN,
    { template: "images/web.json", local: "true", ...ROLE },
    { env },
  );
  expect([code, problems, calls]).toEqual([0, [], []]);
  expect(planIn(outputs).builds).toMatchObject([{ decision: "bake", regions: [{ ami: "create" }, { ami: "copy" }] }]);
  expect(files.summary).toContain("Compared with the local cloud.");
  expect(files.summary).not.toContain("console.aws");
});
