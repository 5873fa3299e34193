/** One row: a fault at one call of a bake in two regions, then post or a sweep, then a rerun, with checks after each. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeAccount, leftovers, shortcomings } from "../harness/account.mjs";
import { openStep } from "../harness/runner.mjs";
import { startTokens } from "../harness/tokens.mjs";
import { KINDS } from "./kinds.mjs";
import { makeOldImages } from "./old-images.mjs";
import { mountSmallDisk } from "./small-disk.mjs";
import { published, testedOf } from "./tested.mjs";
import { tunnelOf } from "./tunnels.mjs";
import { windowsOf } from "./windows.mjs";

export const REGIONS = ["us-east-1", "eu-west-1"];

/** Time limit of post, in milliseconds: all post steps of a job together have 4 minutes 45 seconds. */
const POST_LIMIT = 270_000;

/** Options that cause more API calls: a role with its profile, an encrypted copy, and image attributes. */
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

/** Options that replace the image with the same name, and its snapshots. */
const REPLACING = { force_deregister: true, force_delete_snapshot: true };

/** Kinds of bake whose rerun uses the same AMI name. */
const FIXED_NAME = new Set(["more options", "replacing"]);

/**
 * Writes the template of a two-region bake. Kinds: `plain`; `more options` (with a fixed AMI name); `replacing` (replaces old images);
 * `a machine` (an instance with a sandbox, and a small provisioner); `sent key` (the same without a key pair in the account); `second run` (a
 * name that is unique in each run); `session manager` and `endpoint` (an instance that is reached through a tunnel, with transfers;
 * `tunnels.mjs`); `windows` (a stand-in for Windows; `windows.mjs`); `tested` and `failing tests` (an image that is tested; `tested.mjs`).
 */
export function writeTemplate(kind) {
  const folder = mkdtempSync(join(tmpdir(), "bake-ami-faults-"));
  const path = join(folder, "rows.json");
  const [region, ...copies] = REGIONS;
  const tunnel = tunnelOf(kind, folder);
  const windows = windowsOf(kind, folder);
  const tested = testedOf(kind, folder);
  const hasInstance = kind === "a machine" || kind === "sent key" || tunnel !== undefined || tested !== undefined;
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
    ami_name: `{{user \`row\`}}${FIXED_NAME.has(kind) ? "" : "-{{timestamp}}"}${kind === "second run" ? "-{{uuid}}" : ""}`,
    tags: { row: "{{user `row`}}" },
    ...(hasInstance ? { ssh_username: "ubuntu" } : { communicator: "none" }),
    ...(kind === "more options" ? MORE_OPTIONS : {}),
    ...(kind === "replacing" ? REPLACING : {}),
    ...(kind === "sent key" ? { ssh_keypair: "instance-connect" } : {}),
    ...tunnel?.options,
    ...windows?.options,
  };
  const given = tunnel?.provisioners ?? windows?.provisioners;
  const provisioners = given ?? (hasInstance ? [{ type: "shell", inline: ["echo provisioned"] }] : []);
  writeFileSync(path, JSON.stringify({ variables: { row: "row" }, builders: [builder], provisioners }));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  return {
    path,
    replaces: kind === "replacing",
    isComplete: tunnel?.isComplete,
    complaints: windows?.complaints,
    ...tested,
    remove,
  };
}

/** Opens the step of a bake. `more`: inputs in addition to those of a row; `runner`: its `folder` and `env`, if they are not the default. */
export function openBake(cloud, template, row, runId, more = {}, runner = {}) {
  const publishing = { "ssm-parameter": "/{image}/latest", image: row, packages: "compare" };
  const inputs = { template: template.path, variables: `row=${row}`, ...publishing, ...template.inputs, ...more };
  return openStep(cloud, inputs, { runId, ...runner });
}

/** Inputs of a bake with credentials from a role. */
const ROLE = { "role-to-assume": "arn:aws:iam::123456789012:role/bake" };

/** Returns the variables of a job that can request tokens, and has no other credentials. */
function withoutKeys({ url }) {
  return {
    ACTIONS_ID_TOKEN_REQUEST_URL: url,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "of-the-job",
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
  };
}

/** Makes what must exist before a bake, then resets the cloud's record of calls. */
async function prepare(cloud, template, row) {
  if (template.replaces) await makeOldImages(cloud, REGIONS, row);
  await cloud.forget();
}

/** Bakes without faults; returns the calls. Throws when the bake fails. */
export async function bakeWithoutFaults(cloud, template) {
  await prepare(cloud, template, "no-faults");
  const step = openBake(cloud, template, "no-faults", "no-faults");
  const { code, log } = await step.main();
  if ((code !== 0) !== (template.isRefused ?? false)) throw new Error(`a bake without faults failed:\n${log}`);
  const calls = await cloud.calls();
  await step.post();
  step.close();
  return calls;
}

/** Runs a row; returns the problems found, the call that the fault hit, and the logs. */
export async function runRow(cloud, template, { kind, at, row }, kinds = KINDS) {
  const { faults, after, smallDisk, withRole, whileStopped, beforeCleanup, check } = kinds[kind];
  await cloud.baseline();
  await prepare(cloud, template, row);
  const began = Date.now();
  const disk = smallDisk ? mountSmallDisk() : undefined;
  const tokens = withRole ? await startTokens() : undefined;
  const step = openBake(cloud, template, row, row, tokens ? ROLE : {}, {
    folder: disk?.folder,
    env: tokens && withoutKeys(tokens),
  });
  const main = await step.main(
    (child) => cloud.faults(faults(at, child.pid)),
    whileStopped && (() => whileStopped(step, disk)),
  );
  const faultedCall = (await cloud.calls()).find((call) => isAt(call, at));
  await cloud.forget();
  const mainTook = Date.now() - began;
  const problems = (await beforeCleanup?.(step, cloud)) ?? [];
  const cleaned = after === "sweep" ? await step.sweep() : await step.post();
  const logs = [main.log, cleaned.log];
  problems.push(...((faultedCall && check?.(main, cleaned, step.state())) ?? []));
  if (main.code === 0 && template.isComplete && !template.isComplete(row)) problems.push("the downloaded file differs");
  problems.push(...(template.complaints?.(cloud) ?? []));
  if (cleaned.took > POST_LIMIT) problems.push(`${after} took ${Math.round(cleaned.took / 1000)} s`);
  if (cleaned.code !== 0) problems.push(`${after} ended with ${cleaned.code ?? cleaned.signal}`);
  const remaining = await describeAccount(cloud, REGIONS, row);
  problems.push(...leftovers(remaining).map((each) => `after ${after}: ${each}`));
  if (template.isRefused) {
    problems.push(...published(remaining));
    if (main.code === 0) problems.push("the bake succeeded, but its tests fail");
  }
  step.close();
  disk?.remove();
  tokens?.close();
  let rerunBakes = 0;
  const missing = shortcomings(remaining, REGIONS);
  if (main.code === 0) {
    problems.push(...missing);
  } else {
    // Two days after a lost runner its image is too old to be resumed, unless the rerun allows it.
    const more = { ...(after === "sweep" ? { "resume-within": "72h" } : {}), ...template.rerunInputs };
    const again = openBake(cloud, template, row, `${row}-again`, more);
    const rerun = await again.main();
    logs.push(rerun.log);
    rerunBakes = (await cloud.calls()).filter((call) => call.action === "CreateImage" && call.status === 200).length;
    // If nothing is missing, the finished image already has the AMI name, and the rerun may fail with a name conflict.
    const isNameConflict =
      missing.length === 0 && rerunBakes === 0 && /AMI name ".*" is already in use in /.test(rerun.log);
    if (rerun.code !== 0 && !isNameConflict) problems.push(`the rerun ended with ${rerun.code ?? rerun.signal}`);
    if (rerunBakes > 1) problems.push(`the rerun baked ${rerunBakes} times`);
    await again.post();
    again.close();
    const end = await describeAccount(cloud, REGIONS, row);
    problems.push(...leftovers(end).map((each) => `after the rerun: ${each}`));
    problems.push(...shortcomings(end, REGIONS).map((each) => `after the rerun: ${each}`));
  }
  if (logs.some((log) => log.includes("MaxListenersExceededWarning")))
    problems.push("Node printed MaxListenersExceededWarning");
  return { kind, at, row, faultedCall, problems, logs, main, mainTook, cleanTook: cleaned.took, remaining, rerunBakes };
}

/** A fault in a tunnel is found by its mark on the call that opened the tunnel, or that started its session. */
function isAt(call, at) {
  if (at.messages !== undefined) return [at.action, "StartSession"].includes(call.action) && call.error !== undefined;
  return at.seq === undefined ? call.action === at.action && call.nth === at.nth : call.seq === at.seq;
}
