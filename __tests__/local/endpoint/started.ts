import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { EC2Client } from "@aws-sdk/client-ec2";
import { IAMClient } from "@aws-sdk/client-iam";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";
import { afterEach } from "@jest/globals";
import { type Endpoint, type EndpointOptions, startEndpoint } from "../../../src/local/endpoint/server.js";

/** An endpoint for one test, its clock, and the SDK's clients for it. */
export interface Started {
  readonly endpoint: Endpoint;
  /** Moves the clock forward, in seconds. */
  readonly pass: (seconds: number) => void;
  readonly ec2: (region?: string, keyId?: string, attempts?: number) => EC2Client;
  readonly ssm: (region?: string, keyId?: string) => SSMClient;
  readonly sts: (keyId?: string) => STSClient;
  readonly iam: () => IAMClient;
  readonly secrets: () => SecretsManagerClient;
  readonly autoScaling: () => AutoScalingClient;
}

const open: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of open.splice(0).reverse()) await end();
});

/** Starts an endpoint whose clock moves only with `pass`; it ends with the test. */
export async function started(options: EndpointOptions = {}): Promise<Started> {
  let now = Date.now();
  const endpoint = await startEndpoint({ clock: () => now, ...options });
  open.push(endpoint.close);
  const config = (region: string, accessKeyId: string) => ({
    endpoint: endpoint.url,
    region,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey: "secret" },
  });
  const kept = <T extends { destroy: () => void }>(client: T): T => {
    open.push(() => client.destroy());
    return client;
  };
  return {
    endpoint,
    pass: (seconds) => {
      now += seconds * 1000;
    },
    ec2: (region = "us-east-1", keyId = "AKIATEST", maxAttempts = 1) =>
      kept(new EC2Client({ ...config(region, keyId), maxAttempts })),
    ssm: (region = "us-east-1", keyId = "AKIATEST") => kept(new SSMClient(config(region, keyId))),
    sts: (keyId = "AKIATEST") => kept(new STSClient(config("us-east-1", keyId))),
    iam: () => kept(new IAMClient(config("us-east-1", "AKIATEST"))),
    secrets: () => kept(new SecretsManagerClient(config("us-east-1", "AKIATEST"))),
    autoScaling: () => kept(new AutoScalingClient(config("us-east-1", "AKIATEST"))),
  };
}

/** Returns the name and the message of the error of a call. */
export async function refused(call: Promise<unknown>): Promise<{ readonly name: string; readonly message: string }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return { name: error.name, message: error.message };
  }
  throw new Error("the call was not refused");
}

/** Returns a value; throws if it is missing. */
export function there<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("a value is missing in a response");
  return value;
}
