import type * as AutoScaling from "@aws-sdk/client-auto-scaling";
import type * as EC2 from "@aws-sdk/client-ec2";
import type * as ECR from "@aws-sdk/client-ecr";
import type * as EcrPublicApi from "@aws-sdk/client-ecr-public";
import type * as IAM from "@aws-sdk/client-iam";
import type * as SecretsManager from "@aws-sdk/client-secrets-manager";
import type * as SSM from "@aws-sdk/client-ssm";
import type * as STS from "@aws-sdk/client-sts";
import { type Caller, type CallSettings, caller } from "./call.js";
import { type ClientSettings, clientConfig, type ServiceName } from "./config.js";
import type { CredentialSource } from "./credentials.js";
import { type Pace, tokenBucket } from "./pace.js";

export type Ec2 = Caller<EC2.ServiceInputTypes, EC2.ServiceOutputTypes, EC2.EC2ClientResolvedConfig>;
export type Ssm = Caller<SSM.ServiceInputTypes, SSM.ServiceOutputTypes, SSM.SSMClientResolvedConfig>;
export type Iam = Caller<IAM.ServiceInputTypes, IAM.ServiceOutputTypes, IAM.IAMClientResolvedConfig>;
export type Sts = Caller<STS.ServiceInputTypes, STS.ServiceOutputTypes, STS.STSClientResolvedConfig>;
export type Ecr = Caller<ECR.ServiceInputTypes, ECR.ServiceOutputTypes, ECR.ECRClientResolvedConfig>;
export type EcrPublic = Caller<
  EcrPublicApi.ServiceInputTypes,
  EcrPublicApi.ServiceOutputTypes,
  EcrPublicApi.ECRPUBLICClientResolvedConfig
>;
export type Secrets = Caller<
  SecretsManager.ServiceInputTypes,
  SecretsManager.ServiceOutputTypes,
  SecretsManager.SecretsManagerClientResolvedConfig
>;
export type AutoScalingGroups = Caller<
  AutoScaling.ServiceInputTypes,
  AutoScaling.ServiceOutputTypes,
  AutoScaling.AutoScalingClientResolvedConfig
>;

/** The callers of a session; a region that is not given is the build's. */
export interface ServiceCallers {
  ec2(region?: string): Promise<Ec2>;
  ssm(region?: string): Promise<Ssm>;
  iam(): Promise<Iam>;
  sts(): Promise<Sts>;
  secretsManager(region?: string): Promise<Secrets>;
  ecr(region?: string): Promise<Ecr>;
  ecrPublic(): Promise<EcrPublic>;
  autoScaling(region?: string): Promise<AutoScalingGroups>;
}

export interface ClientCache {
  /** A client by service and region, made once until `forget`. */
  get<C>(name: string, make: (settings: ClientSettings) => C): C;
  forget(): void;
}

/** Clients keep their keys, so renewed keys need new clients; `forget` drops them. */
export function clientCache(source: CredentialSource, settings: Omit<ClientSettings, "credentials">): ClientCache {
  const made = new Map<string, unknown>();
  return {
    get<C>(name: string, make: (settings: ClientSettings) => C): C {
      const client = made.get(name) ?? make({ ...settings, credentials: () => source.current() });
      made.set(name, client);
      return client as C;
    },
    forget: () => made.clear(),
  };
}

/**
 * Calls a second and their burst, per service and region. EC2's buckets hold 100 reads refilled by 20 a second, fewer for
 * writes (EC2 API throttling); half of that leaves room for others in the account.
 */
const RATE = { perSecond: 10, burst: 50 };

/** One caller per service and region, each with a pace of its own. `endpoint` is that of EC2 in the main region. */
export function serviceCallers(
  main: string,
  endpoint: string | undefined,
  clients: ClientCache,
  call: CallSettings,
): ServiceCallers {
  const paces = new Map<string, Pace>();
  const pace = (name: string): Pace => {
    const known = paces.get(name) ?? tokenBucket(call.clock, RATE.perSecond, RATE.burst);
    paces.set(name, known);
    return known;
  };
  const make = <C>(service: ServiceName, region: string, create: (config: ReturnType<typeof clientConfig>) => C) => {
    const name = `${service} ${region}`;
    const own = service === "ec2" && region === main ? endpoint : undefined;
    return {
      client: async () => clients.get(name, (settings) => create(clientConfig(service, region, settings, own))),
      pace: pace(name),
    };
  };
  return {
    async ec2(region = main) {
      const { EC2Client } = await import("@aws-sdk/client-ec2");
      const { client, pace } = make("ec2", region, (config) => new EC2Client(config));
      return caller("ec2", region, client, pace, call);
    },
    async ssm(region = main) {
      const { SSMClient } = await import("@aws-sdk/client-ssm");
      const { client, pace } = make("ssm", region, (config) => new SSMClient(config));
      return caller("ssm", region, client, pace, call);
    },
    async iam() {
      const { IAMClient } = await import("@aws-sdk/client-iam");
      const { client, pace } = make("iam", main, (config) => new IAMClient(config));
      return caller("iam", main, client, pace, call);
    },
    async sts() {
      const { STSClient } = await import("@aws-sdk/client-sts");
      const { client, pace } = make("sts", main, (config) => new STSClient(config));
      return caller("sts", main, client, pace, call);
    },
    async secretsManager(region = main) {
      const { SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
      const { client, pace } = make("secrets-manager", region, (config) => new SecretsManagerClient(config));
      return caller("secretsmanager", region, client, pace, call);
    },
    async ecr(region = main) {
      const { ECRClient } = await import("@aws-sdk/client-ecr");
      const { client, pace } = make("ecr", region, (config) => new ECRClient(config));
      return caller("ecr", region, client, pace, call);
    },
    async ecrPublic() {
      const { ECRPUBLICClient } = await import("@aws-sdk/client-ecr-public");
      const { client, pace } = make("ecr-public", main, (config) => new ECRPUBLICClient(config));
      return caller("ecr-public", main, client, pace, call);
    },
    async autoScaling(region = main) {
      const { AutoScalingClient } = await import("@aws-sdk/client-auto-scaling");
      const { client, pace } = make("auto-scaling", region, (config) => new AutoScalingClient(config));
      return caller("autoscaling", region, client, pace, call);
    },
  };
}
