import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Endpoint, startEndpoint } from "../../../src/local/endpoint/server.js";

/** Third-party clients. One that is not installed is reported and skipped. The tools check of .ci/check requires the AWS CLI. */

const run = promisify(execFile);

const ENVIRONMENT = {
  PATH: process.env.PATH ?? "",
  HOME: tmpdir(),
  AWS_ACCESS_KEY_ID: "AKIATEST",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_REGION: "us-east-1",
  AWS_DEFAULT_REGION: "us-east-1",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_PAGER: "",
  AWS_POLL_DELAY_SECONDS: "1",
  CHECKPOINT_DISABLE: "1",
  PACKER_NO_COLOR: "1",
};

/** Returns `test` for a program that is installed or required; otherwise prints a line and returns `test.skip`. */
function testWith(program: string): typeof test | typeof test.skip {
  if (program === "aws" && process.env.BAKE_AMI_REQUIRE_TOOLS === "1") return test;
  const found = (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
  if (!found) process.stderr.write(`\nSKIPPED: ${program} is not installed, so the endpoint is not tested with it.\n`);
  return found ? test : test.skip;
}

const testAws = testWith("aws");
const testPacker = testWith("packer");

let endpoint: Endpoint;
let folder: string;

beforeAll(async () => {
  endpoint = await startEndpoint({ scale: 0.005 });
  folder = await mkdtemp(join(tmpdir(), "endpoint-peers-"));
});

afterAll(async () => {
  await endpoint.close();
  await rm(folder, { recursive: true, force: true });
});

async function aws(...args: readonly string[]): Promise<unknown> {
  const { stdout } = await run("aws", [...args, "--output", "json"], {
    env: { ...ENVIRONMENT, AWS_ENDPOINT_URL: endpoint.url },
  });
  return stdout.trim() === "" ? undefined : JSON.parse(stdout);
}

async function awsError(...args: readonly string[]): Promise<string> {
  try {
    await aws(...args);
  } catch (error) {
    return error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
  }
  return "no error";
}

describe("the aws CLI", () => {
  testAws("reads images, who calls, and a public parameter", async () => {
    const names = await aws(
      "ec2",
      "describe-images",
      "--owners",
      "099720109477",
      "--filters",
      "Name=name,Values=ubuntu/images/*noble-24.04-amd64-server-*",
      "--query",
      "sort_by(Images,&CreationDate)[-1].Name",
    );
    expect(names).toBe("ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260920");
    expect(await aws("sts", "get-caller-identity", "--query", "Account")).toBe("123456789012");
    const name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64";
    expect(await aws("ssm", "get-parameter", "--name", name, "--query", "Parameter.Value")).toMatch(/^ami-0/);
  });

  testAws("launches, waits, images and ends", async () => {
    const ssm = "resolve:ssm:/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id";
    const id = await aws(
      "ec2",
      "run-instances",
      "--image-id",
      ssm,
      "--instance-type",
      "t3.micro",
      "--query",
      "Instances[0].InstanceId",
    );
    await aws("ec2", "wait", "instance-running", "--instance-ids", String(id));
    const image = await aws("ec2", "create-image", "--instance-id", String(id), "--name", "cli", "--query", "ImageId");
    expect(image).toMatch(/^ami-0/);
    expect(await awsError("ec2", "create-image", "--instance-id", String(id), "--name", "cli")).toContain(
      `(InvalidAMIName.Duplicate) when calling the CreateImage operation: AMI name cli is already in use by AMI ${image}`,
    );
    await aws("ec2", "terminate-instances", "--instance-ids", String(id));
  });

  testAws("gets an error for what does not exist", async () => {
    expect(await awsError("ec2", "describe-spot-fleet-requests")).toContain("(InvalidAction)");
    expect(await awsError("iam", "get-role", "--role-name", "none")).toContain("(NoSuchEntity)");
    expect(await awsError("ssm", "get-parameter", "--name", "/none")).toContain("(ParameterNotFound)");
  });
});

describe("Packer", () => {
  testPacker("bakes, copies, shares and tags, and leaves nothing", async () => {
    endpoint.forget();
    endpoint.baseline();
    const template = {
      builders: [
        {
          type: "amazon-ebs",
          region: "us-east-1",
          custom_endpoint_ec2: endpoint.url,
          access_key: "AKIATEST",
          secret_key: "secret",
          skip_metadata_api_check: true,
          communicator: "none",
          instance_type: "t3.micro",
          ami_name: "packer-{{timestamp}}",
          ami_description: "made by a peer",
          ami_regions: ["eu-west-1"],
          ami_users: ["111122223333"],
          tags: { App: "demo" },
          run_tags: { Run: "x" },
          snapshot_tags: { Snap: "y" },
          ena_support: true,
          source_ami_filter: {
            filters: {
              name: "*ubuntu-xenial-16.04-amd64-server-*",
              "virtualization-type": "hvm",
              "root-device-type": "ebs",
            },
            owners: ["099720109477"],
            most_recent: true,
          },
        },
      ],
      "post-processors": [{ type: "shell-local", inline: ["echo done"] }],
    };
    const path = join(folder, "template.json");
    await writeFile(path, JSON.stringify(template));
    const { stdout } = await run("packer", ["build", path], { env: ENVIRONMENT, cwd: folder });
    expect(stdout).toMatch(/eu-west-1: ami-0[0-9a-f]{16}\nus-east-1: ami-0[0-9a-f]{16}\n/);
    const held = endpoint.held();
    expect(Object.keys(held)).toEqual(["images"]);
    expect(held.images).toHaveLength(2);
    const refusals = endpoint.calls().filter(({ status, error }) => status >= 400 && !error?.endsWith(".NotFound"));
    expect(refusals).toEqual([]);
  });
});
