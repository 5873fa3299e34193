/** One row: a fault at one call of a two-region bake; post, or a sweep, or nobody; then a rerun. And what must hold after each. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { leftovers, look, shortcomings } from "../harness/account.mjs";
import { openStep } from "../harness/runner.mjs";
import { KINDS } from "./kinds.mjs";
import { makeOldImages } from "./old-images.mjs";

export const REGIONS = ["us-east-1", "eu-west-1"];

/** What post may take, all of a job's post steps together: under 4 minutes 45 seconds. Milliseconds. */
const POST_LIMIT = 270_000;

/** Options that make further calls: a role and its profile, an encrypted copy in place of the first image, what an image is given last. */
const MORE_OPTIONS = {
  temporary_iam_instance_profile_policy_document: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: ["*"] }],
  },
  encrypt_boot: true,
  ena_support: true,
  imds_support: "v2.0",
  deregistration_protection: { enabled: true },
};

/** The image's name stays the same, and an image that has it gives way, with its snapshots. */
const REPLACING = { force_deregister: true, force_delete_snapshot: true };

/** Kinds of bake whose image has the same name in the rerun. */
const ONE_NAME = new Set(["more options", "replacing"]);

/**
 * A two-region bake of a kind: `plain`, with `more options` under a name that stays the same, `replacing` old images, or on `a machine`
 * with a small provisioner.
 */
export function writeTemplate(kind) {
  const folder = mkdtempSync(join(tmpdir(), "bake-ami-faults-"));
  const path = join(folder, "rows.json");
  const [region, ...copies] = REGIONS;
  const withMachine = kind === "a machine";
  const builder = {
    type: "amazon-ebs",
    region,
    ami_regions: copies,
    source_ami_filter: {
      filters: { name: "ubuntu/images/*ubuntu-jammy-22.04-amd64-server-*" },
      owners: ["099720109477"],
      most_recent: true,
    },
    instance_type: "t3.micro",
    ami_name: ONE_NAME.has(kind) ? "{{user `row`}}" : "{{user `row`}}-{{timestamp}}",
    tags: { row: "{{user `row`}}" },
    ...(withMachine ? { ssh_username: "ubuntu" } : { communicator: "none" }),
    ...(kind === "more options" ? MORE_OPTIONS : {}),
    ...(kind === "replacing" ? REPLACING : {}),
  };
  const provisioners = withMachine ? [{ type: "shell", inline: ["echo provisioned"] }] : [];
  writeFileSync(path, JSON.stringify({ variables: { row: "row" }, builders: [builder], provisioners }));
  return { path, replaces: kind === "replacing", remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function stepOf(cloud, template, row, runId) {
  const publishing = { "ssm-parameter": "/{image}/latest", image: row, packages: "compare" };
  const inputs = { template: template.path, variables: `row=${row}`, ...publishing };
  return openStep(cloud, inputs, { runId });
}

/** What is there before a bake, and calls are counted from here. */
async function prepare(cloud, template, row) {
  if (template.replaces) await makeOldImages(cloud, REGIONS, row);
  await cloud.forget();
}

/** The calls of a bake that nothing happens to: how many rows there are. */
export async function calmBake(cloud, template) {
  await prepare(cloud, template, "calm");
  const step = stepOf(cloud, template, "calm", "calm");
  const { code, log } = await step.main();
  if (code !== 0) throw new Error(`a bake without any fault failed:\n${log}`);
  const calls = await cloud.calls();
  await step.post();
  step.close();
  return calls;
}

/** Plays a row; answers what was wrong, in words, and which call was struck. */
export async function playRow(cloud, template, { kind, at, row }) {
  const { faults, after } = KINDS[kind];
  await cloud.baseline();
  await prepare(cloud, template, row);
  const began = Date.now();
  const step = stepOf(cloud, template, row, row);
  const main = await step.main((child) => cloud.faults(faults(at, child.pid)));
  const struck = (await cloud.calls()).find((call) => isAt(call, at));
  await cloud.forget();
  const mainTook = Date.now() - began;
  const cleaned = after === "sweep" ? await step.sweep() : await step.post();
  const logs = [main.log, cleaned.log];
  const problems = [];
  if (cleaned.took > POST_LIMIT) problems.push(`${after} took ${Math.round(cleaned.took / 1000)} s`);
  if (cleaned.code !== 0) problems.push(`${after} ended with ${cleaned.code ?? cleaned.signal}`);
  const left = await look(cloud, REGIONS, row);
  problems.push(...leftovers(left).map((each) => `after ${after}: ${each}`));
  step.close();
  let rerunBakes = 0;
  const lacking = shortcomings(left, REGIONS);
  if (main.code === 0) {
    problems.push(...lacking);
  } else {
    const again = stepOf(cloud, template, row, `${row}-again`);
    const rerun = await again.main();
    logs.push(rerun.log);
    rerunBakes = (await cloud.calls()).filter((call) => call.action === "CreateImage" && call.status === 200).length;
    // Nothing was lacking any more: then the image has the name by right.
    const isClash = lacking.length === 0 && rerunBakes === 0 && /the AMI name .* is taken/.test(rerun.log);
    if (rerun.code !== 0 && !isClash) problems.push(`the rerun ended with ${rerun.code ?? rerun.signal}`);
    if (rerunBakes > 1) problems.push(`the rerun baked ${rerunBakes} times`);
    await again.post();
    again.close();
    const end = await look(cloud, REGIONS, row);
    problems.push(...leftovers(end).map((each) => `after the rerun: ${each}`));
    problems.push(...shortcomings(end, REGIONS).map((each) => `after the rerun: ${each}`));
  }
  if (logs.some((log) => log.includes("MaxListenersExceededWarning"))) problems.push("Node warned of a leak");
  return { kind, at, row, struck, problems, logs, main, mainTook, cleanTook: cleaned.took, left, rerunBakes };
}

function isAt(call, at) {
  return at.seq === undefined ? call.action === at.action && call.nth === at.nth : call.seq === at.seq;
}
