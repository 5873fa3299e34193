import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, test } from "@jest/globals";
import type { Json } from "../../src/options/collections.js";
import { bake } from "../builders/amazon-ebs/bake.js";
import { testCloud } from "../support/cloud.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const text = readFileSync(join(root, "docs/iam.md"), "utf8");

const actionsIn = (part: string): readonly string[] => part.match(/\b[a-z0-9-]+:[A-Z]\w+/g) ?? [];

/** Actions in the policy for every bake. */
const base = actionsIn(/```json\n(.*?)```/s.exec(text)?.[1] ?? "");

/** Returns the actions in a feature's row. */
const ofFeature = (name: string) => actionsIn(text.split("\n").find((line) => line.startsWith(`| ${name} |`)) ?? "");

/** Service prefixes in policies that differ from the names of the SDK's packages. */
const PREFIXES: Readonly<Record<string, string>> = {
  "secrets-manager": "secretsmanager",
  "auto-scaling": "autoscaling",
};

/** Actions that need no permission (STS API reference). */
const FREE = ["sts:GetCallerIdentity"];

/** Returns `service:Action` of every command that a source file imports, and of every call without a client of the SDK. */
function commandsOf(file: string): readonly string[] {
  const source = readFileSync(file, "utf8");
  const [, service] = /session\.json\("([\w-]+)"/.exec(source) ?? [];
  const calls = [...source.matchAll(/\.call\("(\w+)"/g)].map(([, action]) => `${service}:${action}`);
  const imports = source.matchAll(/(?:import|export) \{([^}]*)\} from "@aws-sdk\/client-([\w-]+)"/g);
  const commands = [...imports].flatMap(([, names = "", service = ""]) =>
    [...names.matchAll(/\b([A-Z]\w+)Command\b/g)].map(([, action]) => `${PREFIXES[service] ?? service}:${action}`),
  );
  return [...commands, ...calls];
}

describe("docs/iam.md", () => {
  test("lists every call in the sources", () => {
    const files = readdirSync(join(root, "src/aws"), { recursive: true, encoding: "utf8" });
    const called = files
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => commandsOf(join(root, "src/aws", file)));
    expect(called.length).toBeGreaterThan(60);
    expect(
      [...new Set(called)].filter((action) => !FREE.includes(action) && !actionsIn(text).includes(action)),
    ).toEqual([]);
  });
});

const cloud = testCloud();

beforeEach(() => cloud.endpoint().forget());

const SSH = { communicator: "ssh", ssh_host: "127.0.0.1", ssh_port: 9, ssh_timeout: "1s", ssh_username: "ubuntu" };
const WINDOWS = { source_ami_filter: { filters: { name: "Windows_Server-2025-*" }, owners: ["amazon"] } };
const WINRM = {
  communicator: "winrm",
  winrm_username: "a",
  winrm_host: "127.0.0.1",
  winrm_port: 9,
  winrm_timeout: "1s",
};
const NETWORK = { vpc_filter: { filters: { "is-default": "true" } } };
const REPLACE = { force_deregister: true, force_delete_snapshot: true };
const PROFILE = "temporary_iam_instance_profile_policy_document";
const ACCOUNT = "210987654321";
const SHARING = "`ami_users`, `ami_groups`, `ami_org_arns`, `ami_ou_arns`, `snapshot_users`, `snapshot_groups`";
const NEXT_MONTH = new Date(Date.now() + 30 * 86_400_000).toISOString();
const POLICY = { Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: ["*"] }] };

describe("a bake makes no call that the policy does not allow", () => {
  test.each<[string, Readonly<Record<string, Json>>, readonly string[], string | undefined]>([
    ["with the required options only", {}, [], undefined],
    ["over SSH, which is refused", SSH, [], "ssh-timeout"],
    [
      "with copies, tags and sharing",
      { ami_regions: ["eu-west-1"], ami_users: [ACCOUNT], snapshot_users: [ACCOUNT] },
      [SHARING],
      undefined,
    ],
    ["in a network by filter", { ...NETWORK, subnet_filter: { filters: {}, most_free: true } }, [], undefined],
    ["with a public address", { associate_public_ip_address: true }, [], undefined],
    ["in the place of an old image", { ami_name: "with a public address", ...REPLACE }, [], undefined],
    ["encrypted", { encrypt_boot: true }, [], undefined],
    ["of a spot instance", { spot_price: "auto" }, ["spot instances"], undefined],
    ["with enhanced networking", { ena_support: true, sriov_support: true }, [], undefined],
    ["in regions that are not known", { ami_regions: ["eu-wset-1"] }, [], "unknown-region"],
    ["that is public", { ami_groups: ["all"] }, ["`ami_groups: all`", SHARING], undefined],
    [
      "that ends some day",
      { deprecate_at: NEXT_MONTH, deregistration_protection: { enabled: true } },
      ["`deprecate_at`, `deregistration_protection`"],
      undefined,
    ],
    [
      "with keys of EC2 Instance Connect",
      { ...SSH, ssh_keypair: "instance-connect" },
      ["`ssh_keypair: instance-connect`"],
      "ssh-timeout",
    ],
    [
      "of Windows, with fast launch",
      { ...WINDOWS, fast_launch: { template_name: "none", wait_until_enabled: true } },
      ["`fast_launch`"],
      "launch-template-not-found",
    ],
    [
      "of Windows by WinRM",
      { ...WINDOWS, ...WINRM, fast_launch: { enable_fast_launch: true } },
      ["`fast_launch`", "`communicator: winrm` without `winrm_password`"],
      "winrm-timeout",
    ],
    ["with a profile", { iam_instance_profile: "x" }, ["`iam_instance_profile`"], "instance-profile-not-found"],
    ["with a policy", { [PROFILE]: POLICY }, [`\`${PROFILE}\``], undefined],
  ])("%s", async (name, given, features, code) => {
    const { error } = await bake(cloud, { ami_name: name.replace(",", ""), ...given });
    expect(error).toEqual(code === undefined ? undefined : expect.objectContaining({ code }));
    const called = cloud
      .endpoint()
      .calls()
      .map(({ service, action }) => `${service}:${action}`);
    expect(called.length).toBeGreaterThan(0);
    const allowed = [...base, ...FREE, ...features.flatMap(ofFeature)];
    expect([...new Set(called)].filter((action) => !allowed.includes(action))).toEqual([]);
  });
});
