import type { Decode } from "../options/decoding.js";
import { flag, text } from "../options/fields.js";
import type { Complaints } from "../options/schema.js";
import { DEFAULT_CLIENT } from "./engine.js";

/** The client option of every docker kind. */
export const clientFields = {
  docker_path: text({
    doc: "Client of the container engine: `docker`, `podman`, or a path.",
    default: DEFAULT_CLIENT,
    unfingerprinted: true,
  }),
};

/** Login options of the docker builder and of docker-push (Packer §3.8). */
export const loginFields = {
  login: flag({ doc: "Log in to a registry first.", default: false, unfingerprinted: true }),
  login_username: text({ doc: "User to log in as.", unfingerprinted: true }),
  login_password: text({ doc: "Password or token of the user.", secret: true, unfingerprinted: true }),
  login_server: text({ doc: "Registry to log in to.", defaultDoc: "Docker Hub", unfingerprinted: true }),
  login_email: text({
    doc: "No effect.",
    deprecated: "registries no longer use an email address",
    unfingerprinted: true,
  }),
  ecr_login: flag({
    doc: "Log in to Amazon ECR, private or public, with the AWS credentials of the run; `login_server` is the registry.",
    default: false,
    unfingerprinted: true,
  }),
  aws_access_key: text({ doc: "Access key ID for `ecr_login`.", secret: true, unfingerprinted: true }),
  aws_secret_key: text({ doc: "Secret access key for `ecr_login`.", secret: true, unfingerprinted: true }),
  aws_token: text({ doc: "Session token for `ecr_login`.", secret: true, unfingerprinted: true }),
  aws_profile: text({ doc: "Named profile for `ecr_login`.", unfingerprinted: true }),
  aws_force_use_public_ecr: flag({
    doc: "With `ecr_login`, use the password of Amazon ECR Public for any `login_server`.",
    default: false,
    unfingerprinted: true,
  }),
};

/** The decoded login options. */
export type LoginOptions = Decode<typeof loginFields>;

/** Host name of a private ECR registry; the groups are account and Region. */
const PRIVATE_ECR = /^(?:https?:\/\/)?(\d+)\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?(?:\/|$)/;

/** Host name of Amazon ECR Public. */
const PUBLIC_ECR = /^(?:https?:\/\/)?public\.ecr\.aws(?:\/|$)/;

/** The forms of an ECR registry, for hints. */
export const ECR_FORMS = "<account>.dkr.ecr.<region>.amazonaws.com, or public.ecr.aws/<alias>";

/** Checks the login options. */
export function checkLogin(options: LoginOptions, complaints: Complaints): void {
  if (options.ecr_login) {
    checkEcr(options, complaints);
    return;
  }
  if (options.aws_force_use_public_ecr) {
    complaints.warning(
      "aws_force_use_public_ecr",
      '"aws_force_use_public_ecr" has no effect without "ecr_login"',
      'Set "ecr_login" to true to log in.',
    );
  }
  if (options.login && !options.login_username !== !options.login_password) {
    const given = options.login_username ? "login_username" : "login_password";
    const other = options.login_username ? "login_password" : "login_username";
    complaints.error(given, `"${given}" is set without "${other}"`);
  }
  if (!options.login && (options.login_username || options.login_password)) {
    complaints.warning(
      options.login_username ? "login_username" : "login_password",
      'Login options have no effect without "login"',
      'Set "login" to true to log in.',
    );
  }
}

function checkEcr(options: LoginOptions, complaints: Complaints): void {
  const { login_server: server } = options;
  if (!server) {
    complaints.error(
      "ecr_login",
      "ECR login requires login_server to be provided",
      `Set "login_server" to ${ECR_FORMS}.`,
    );
  } else if (!ecrRegistry(options)) {
    complaints.refusal(
      "login_server",
      `"login_server" is not an ECR registry: "${server}"; the build fails`,
      `Use the form ${ECR_FORMS}.`,
    );
  } else if (options.aws_force_use_public_ecr && PRIVATE_ECR.test(server)) {
    complaints.warning(
      "aws_force_use_public_ecr",
      `"${server}" is a private ECR registry, which rejects a password of ECR Public`,
      'Remove "aws_force_use_public_ecr", or set "login_server" to "public.ecr.aws".',
    );
  }
  if (!options.aws_access_key !== !options.aws_secret_key) {
    const given = options.aws_access_key ? "aws_access_key" : "aws_secret_key";
    complaints.error(given, `"aws_access_key" and "aws_secret_key" must be set together`);
  }
}

/** Returns the ECR registry of the login options (Packer's docker plugin: `EcrGetLogin`); undefined where they have none. */
export function ecrRegistry(
  options: Pick<LoginOptions, "login_server" | "aws_force_use_public_ecr">,
):
  | { readonly kind: "private"; readonly account: string; readonly region: string }
  | { readonly kind: "public" }
  | undefined {
  const server = options.login_server ?? "";
  if (options.aws_force_use_public_ecr || PUBLIC_ECR.test(server)) return { kind: "public" };
  const [, account, region] = PRIVATE_ECR.exec(server) ?? [];
  return account !== undefined && region !== undefined ? { kind: "private", account, region } : undefined;
}
