import { expect } from "@jest/globals";
import { PREFLIGHT_LIMITS } from "../../../../src/builders/amazon-ebs/look/preflight/preflight.js";
import { type Clock, unlessAborted } from "../../../../src/core/clock.js";
import type { Diagnostic } from "../../../../src/core/diagnostics.js";
import type { RunSettings } from "../../../../src/core/settings.js";
import { type AccountRules, NO_RULES } from "../../../../src/local/endpoint/rules.js";
import type { Seed } from "../../../../src/local/endpoint/seed.js";
import type { Fault } from "../../../../src/local/endpoint/wire/faults.js";
import type { Json } from "../../../../src/options/collections.js";
import { impatient, type TestCloud } from "../../../support/cloud.js";
import { bake, type Ended } from "../bake.js";

/** A KMS key of the account in us-east-1 and in eu-west-1. */
export const KEY = "11111111-2222-3333-4444-555555555555";

export const ARN = "arn:aws:ec2:us-east-1:123456789012";

export const noPolicy = "because no identity-based policy allows the action.";

/** A clock on which the time limits of preflight never end: no result depends on the speed of this host. */
const patient: Clock = {
  now: impatient.now,
  sleep: (ms, signal) =>
    Object.values<number>(PREFLIGHT_LIMITS).includes(ms)
      ? unlessAborted(new Promise<void>(() => undefined), signal)
      : impatient.sleep(ms, signal),
};

export type Given = Readonly<Record<string, Json>>;

/** An account that is broken, and what the template sets. */
export interface Broken {
  readonly given?: Given;
  /** Rules of us-east-1. */
  readonly rules?: Partial<AccountRules>;
  /** Rules of eu-west-1. */
  readonly elsewhere?: Partial<AccountRules>;
  readonly faults?: readonly Fault[];
}

let count = 0;

/** Bakes with preflight. */
export function bakeChecked(
  cloud: TestCloud,
  given: Given,
  settings: Partial<RunSettings> = {},
  fingerprint?: string,
): Promise<Ended> {
  const options = { ami_name: `checked ${++count}`, communicator: "ssh", ...given };
  const more = fingerprint === undefined ? {} : { fingerprint };
  return bake(cloud, options, { clock: patient, settings: { preflight: true, ...settings }, ...more });
}

/** Returns a problem as `error OPTION: SUMMARY`. */
export function asLine({ severity, range, summary }: Diagnostic): string {
  return `${severity} ${range?.file ?? "builder"}: ${summary}`;
}

/** Returns the denial of every call of an action. `message` follows the caller in AWS's message. */
export function denied(action: string, message: string, more: Partial<Fault> = {}): Fault {
  return {
    action,
    do: "error",
    code: "UnauthorizedOperation",
    message: `You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/ci ${message}`,
    status: 403,
    times: 99,
    ...more,
  };
}

/** Gives the account the rules and the faults, and the keys of the table; others of earlier tests end. */
export async function breakAccount(cloud: TestCloud, { rules, elsewhere, faults }: Broken = {}): Promise<void> {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
  const seed: Seed = {
    regions: {
      "us-east-1": { kmsKeys: [KEY], rules: { ...NO_RULES, ...rules } },
      "eu-west-1": { kmsKeys: [KEY], rules: { ...NO_RULES, ...elsewhere } },
    },
  };
  const body = JSON.stringify(seed);
  const response = await fetch(`${cloud.endpoint().url}/_local/seed`, { method: "POST", body });
  expect(response.status).toBe(200);
  cloud.endpoint().faults(faults ?? []);
}

/** Returns the Region and the action of the calls that only preflight makes, sorted. */
export function checks(cloud: TestCloud): readonly string[] {
  const isCheck = /^(DescribeKey|GetServiceQuota|GetAllowedImagesSettings)$/;
  return cloud
    .endpoint()
    .calls()
    .filter(({ action, params }) => params.DryRun === "true" || isCheck.test(action))
    .map(({ action, region }) => `${region} ${action}`)
    .toSorted();
}

/** Returns the actions that changed something. */
export function changes(cloud: TestCloud): readonly string[] {
  return cloud
    .endpoint()
    .calls()
    .filter(({ action, params }) => !/^(Describe|Get)/.test(action) && params.DryRun !== "true")
    .map(({ action }) => action);
}
