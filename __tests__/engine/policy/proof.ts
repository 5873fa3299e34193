import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keyValues } from "../../../src/local/endpoint/iam/authorization/call-keys.js";
import type { CallRequest } from "../../../src/local/endpoint/iam/authorization/resources.js";
import { readPolicy } from "../../../src/local/endpoint/iam/policies/document.js";
import { decide } from "../../../src/local/endpoint/iam/policies/evaluate.js";
import type { Seed } from "../../../src/local/endpoint/seed.js";
import { type Endpoint, startEndpoint } from "../../../src/local/endpoint/server.js";
import type { Sandboxes } from "../../../src/local/sandboxes.js";
import { impatient } from "../../support/cloud.js";
import { PROJECT, type Ran, runReally } from "../running.js";

/** A statement of a printed policy. */
export interface PrintedStatement {
  readonly Sid: string;
  readonly Action: string | readonly string[];
  readonly [name: string]: unknown;
}

/** A template that is baked under its printed policy. */
export interface ProofCase {
  readonly template: string;
  readonly flags: readonly string[];
  readonly seed: Seed;
  /** How often the template is baked before, without a policy. */
  readonly earlierBakes: number;
  readonly region: string;
}

/** A bake under a policy. */
export interface ProvenBake extends Ran {
  readonly calls: ReturnType<Endpoint["calls"]>;
}

export const ACCOUNT = "123456789012";

/** The Region of all cases. */
export const HOME = "us-east-1";

/** Returns a case in another Region: a process paces its calls by Region, so that bakes in several do not wait for each other. */
export function inRegion(proof: ProofCase, region: string): ProofCase {
  const template = proof.template.replace(/(\.[a-z.]+)$/, `-${region}$1`);
  writeFileSync(template, inThat(readFileSync(proof.template, "utf8"), region));
  return { ...proof, template, seed: JSON.parse(inThat(JSON.stringify(proof.seed), region)), region };
}

const inThat = (text: string, region: string) => text.replaceAll(HOME, region);

/** Writes an example as a template whose instances are behind an SSH server of the test, without its provisioners. */
export function exampleAt(folder: string, path: string, sshPort: number): string {
  const text = readFileSync(join(PROJECT, path), "utf8");
  const target = join(folder, path.replaceAll("/", "-"));
  writeFileSync(target, path.endsWith(".hcl") ? hclExample(text, sshPort) : jsonExample(text, sshPort));
  return target;
}

function hclExample(text: string, sshPort: number): string {
  const lines: string[] = [];
  let isProvisioner = false;
  for (const line of text.split("\n")) {
    isProvisioner ||= /^ {2}provisioner "/.test(line);
    if (!isProvisioner) lines.push(line);
    if (/^ {2}}/.test(line)) isProvisioner = false;
    if (/^source "amazon-ebs"/.test(line)) lines.push(`  ssh_port = ${sshPort}`);
  }
  return lines.join("\n");
}

function jsonExample(text: string, sshPort: number): string {
  const template = JSON.parse(text.replace(/^\s*#.*$/gm, "")) as {
    readonly builders: readonly object[];
    readonly provisioners?: unknown;
  };
  const { provisioners: _none, builders, ...rest } = template;
  return JSON.stringify({ ...rest, builders: builders.map((builder) => ({ ...builder, ssh_port: sshPort })) });
}

/** A printed policy, or several where one would be too long. */
interface PrintedText {
  readonly Statement?: readonly PrintedStatement[];
  readonly policies?: readonly { readonly Statement?: readonly PrintedStatement[] }[];
}

/** Returns the statements that `bake-ami policy` prints for a case. */
export async function printedPolicy(proof: ProofCase): Promise<readonly PrintedStatement[]> {
  const text: PrintedText = JSON.parse(await printed(proof));
  return (text.policies ?? [text]).flatMap(({ Statement = [] }) => Statement);
}

/** Returns the IDs of the statements without which a bake continues, as `bake-ami policy -explain` says. */
export async function optionalStatements(proof: ProofCase): Promise<readonly string[]> {
  const table = await printed(proof, "-explain");
  return table.split("\n").flatMap((line) => /^(\w+) .*\(if denied: /.exec(line)?.[1] ?? []);
}

async function printed({ template, flags, region }: ProofCase, ...more: readonly string[]): Promise<string> {
  const args = ["policy", `-account=${ACCOUNT}`, ...more, ...flags, template];
  const { code, out, err } = await runReally(args, { env: { AWS_REGION: region } });
  if (code !== 0) throw new Error(`no policy of ${template}: ${err} ${out}`);
  return out;
}

/** Bakes a case on a cloud of its own with these statements alone. */
export async function bakeUnder(
  proof: ProofCase,
  statements: readonly PrintedStatement[],
  { folder, sandboxes }: { readonly folder: string; readonly sandboxes: Sandboxes },
): Promise<ProvenBake> {
  const endpoint = await startEndpoint({
    ...{ scale: 0, clock: impatient.now, sandboxes, everyRegion: true, everyProfile: true },
  });
  try {
    endpoint.seed(proof.seed);
    const env = {
      AWS_ENDPOINT_URL: endpoint.url,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_REGION: proof.region,
      XDG_STATE_HOME: folder,
      BAKE_AMI_SSH_SOURCE_CIDRS: "127.0.0.0/8",
    };
    const bake = () => runReally(["build", ...proof.flags, proof.template], { cwd: folder, env });
    for (let times = 0; times < proof.earlierBakes; times += 1) {
      const { code, err } = await bake();
      if (code !== 0) throw new Error(`the bake without a policy failed: ${err}`);
    }
    endpoint.forget();
    endpoint.policy({ policy: { Version: "2012-10-17", Statement: statements } });
    const ran = await bake();
    await endpoint.settled();
    return { ...ran, calls: [...endpoint.calls()] };
  } finally {
    await endpoint.close();
  }
}

const actionsOf = ({ Action }: PrintedStatement) => [Action].flat();

/** One action of one statement. */
export interface Part {
  readonly sid: string;
  readonly action: string;
}

/** Returns all actions of all statements. */
export function partsOf(statements: readonly PrintedStatement[]): readonly Part[] {
  return statements.flatMap((statement) => actionsOf(statement).map((action) => ({ sid: statement.Sid, action })));
}

/** Returns the statements without one action of one of them. */
export function without(statements: readonly PrintedStatement[], { sid, action }: Part): readonly PrintedStatement[] {
  return statements.flatMap((statement) => {
    if (statement.Sid !== sid) return [statement];
    const left = actionsOf(statement).filter((each) => each !== action);
    return left.length === 0 ? [] : [{ ...statement, Action: left }];
  });
}

/** Returns whether another statement has the action too. */
export function isInTwo(statements: readonly PrintedStatement[], { sid, action }: Part): boolean {
  return partsOf(statements).some((other) => other.sid !== sid && other.action === action);
}

/** Returns the parts without which a request of the calls would have been denied. */
export function usedParts(statements: readonly PrintedStatement[], calls: ProvenBake["calls"]): readonly Part[] {
  const requests = calls.flatMap(({ asked }) => asked);
  return partsOf(statements).filter((part) => {
    const left = readPolicy({ Statement: without(statements, part) });
    return requests.some((request) => isSameAction(part, request) && !isAllowed(left, request));
  });
}

const isSameAction = ({ action }: Part, request: CallRequest) =>
  new RegExp(`^${action.replaceAll("*", ".*")}$`, "i").test(request.action);

function isAllowed(policy: ReturnType<typeof readPolicy>, request: CallRequest): boolean {
  const caller = { identity: [policy], boundary: undefined, session: undefined };
  return decide(caller, { ...request, keys: keyValues(request.keys) }).isAllowed;
}
