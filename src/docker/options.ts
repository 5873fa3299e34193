import { type Decode, flag, text } from "../options/fields.js";
import type { Complaints } from "../options/schema.js";
import { DEFAULT_CLIENT } from "./engine.js";

/** Which client is used; for the schema of every docker kind. */
export const clientFields = {
  docker_path: text({
    doc: "Program that talks to the engine: `docker`, `podman`, or a path.",
    default: DEFAULT_CLIENT,
    unfingerprinted: true,
  }),
};

/** Logins to a registry (Packer §3.8); for the schemas of the docker builder and of docker-push. */
export const loginFields = {
  login: flag({ doc: "Log in to a registry first.", default: false, unfingerprinted: true }),
  login_username: text({ doc: "User to log in as.", unfingerprinted: true }),
  login_password: text({ doc: "Password or token of the user.", secret: true, unfingerprinted: true }),
  login_server: text({ doc: "Registry to log in to.", defaultDoc: "Docker Hub", unfingerprinted: true }),
  login_email: text({ doc: "No effect.", deprecated: "registries ask for no address any more", unfingerprinted: true }),
  ecr_login: flag({
    doc: "Log in to Amazon ECR with the AWS credentials at hand; `login_server` names the registry.",
    default: false,
    unfingerprinted: true,
  }),
  aws_access_key: text({ doc: "Access key id for `ecr_login`.", secret: true, unfingerprinted: true }),
  aws_secret_key: text({ doc: "Secret access key for `ecr_login`.", secret: true, unfingerprinted: true }),
  aws_token: text({ doc: "Session token for `ecr_login`.", secret: true, unfingerprinted: true }),
  aws_profile: text({ doc: "Named profile for `ecr_login`.", unfingerprinted: true }),
  aws_force_use_public_ecr: flag({
    doc: "Log in to Amazon ECR Public whatever `login_server` says.",
    unsupported: "Log in to public.ecr.aws in an earlier step (aws ecr-public get-login-password | docker login …).",
    unfingerprinted: true,
  }),
};

/** The decoded login options. */
export type LoginOptions = Decode<typeof loginFields>;

/** Host name of a private ECR registry: account, region, partition. */
const ECR_HOST = /^(?:https?:\/\/)?(\d+)\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?(?:\/|$)/;

/** Why `ecr_login` does not log in to ECR Public, and what does. */
export const NO_PUBLIC_ECR = "ecr_login does not know Amazon ECR Public yet";
export const PUBLIC_ECR_HINT =
  "Log in in an earlier step: aws ecr-public get-login-password --region us-east-1 | docker login --username AWS --password-stdin public.ecr.aws";

/** Whether an address is Amazon ECR Public's. */
export function isPublicEcr(address: string): boolean {
  return /^(?:https?:\/\/)?public\.ecr\.aws(?:\/|$)/.test(address);
}

/** Rules over the login options. */
export function checkLogin(options: LoginOptions, complaints: Complaints): void {
  if (options.ecr_login) {
    checkEcr(options, complaints);
    return;
  }
  if (options.login && !options.login_username !== !options.login_password) {
    const given = options.login_username ? "login_username" : "login_password";
    const other = options.login_username ? "login_password" : "login_username";
    complaints.error(given, `"${given}" is given without "${other}"`);
  }
  if (!options.login && (options.login_username || options.login_password)) {
    complaints.warning(
      options.login_username ? "login_username" : "login_password",
      "login options have no effect without login",
      'Add "login": true to log in.',
    );
  }
}

function checkEcr(options: LoginOptions, complaints: Complaints): void {
  const { login_server: server } = options;
  if (!server) {
    complaints.error(
      "ecr_login",
      "ECR login requires login_server to be provided",
      "Write <account>.dkr.ecr.<region>.amazonaws.com.",
    );
  } else if (isPublicEcr(server)) {
    complaints.warning("login_server", `${NO_PUBLIC_ECR}; a build refuses it`, PUBLIC_ECR_HINT);
  } else if (!ECR_HOST.test(server)) {
    complaints.error(
      "login_server",
      `"${server}" is no ECR registry`,
      "It must have the form <account>.dkr.ecr.<region>.amazonaws.com.",
    );
  }
  if (!options.aws_access_key !== !options.aws_secret_key) {
    const given = options.aws_access_key ? "aws_access_key" : "aws_secret_key";
    complaints.error(given, `"aws_access_key" and "aws_secret_key" must be given together`);
  }
}

/** The private ECR registry that an address names, or undefined. */
export function ecrRegistry(address: string): { readonly account: string; readonly region: string } | undefined {
  const [, account, region] = ECR_HOST.exec(address) ?? [];
  return account !== undefined && region !== undefined ? { account, region } : undefined;
}
