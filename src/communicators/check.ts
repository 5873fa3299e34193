import { pathHint } from "../options/path-hint.js";
import type { CheckContext, Complaints } from "../options/schema.js";
import { CIPHERS, KEY_EXCHANGES, LEGACY_CIPHERS, LEGACY_KEY_EXCHANGES } from "../ssh/connect/algorithms.js";
import { certificateTextProblem } from "../ssh/keys/certificate.js";
import { readPrivateKey } from "../ssh/keys/private-key.js";
import type { CommunicationOptions } from "./options.js";

/**
 * Checks the communicator's options (Packer §4): required options, options that exclude each other, files that must exist. Builders
 * call it from their schema's check.
 */
export function checkCommunication(options: CommunicationOptions, complaints: Complaints, context: CheckContext): void {
  if (options.communicator === "winrm") checkWinrm(options, complaints);
  if (options.communicator !== "ssh") return;
  if (!options.ssh_username) {
    complaints.error(
      "ssh_username",
      'An "ssh_username" must be specified',
      'Set "ssh_username" to the default user of the image: ubuntu, ec2-user (Amazon Linux), admin (Debian), centos, fedora, rocky, root.',
    );
  }
  checkLogin(options, complaints, context);
  checkBastion(options, complaints, context);
  checkAlgorithms("ssh_ciphers", options.ssh_ciphers, [...CIPHERS, ...LEGACY_CIPHERS], complaints);
  const exchanges = [...KEY_EXCHANGES, ...LEGACY_KEY_EXCHANGES];
  checkAlgorithms("ssh_key_exchange_algorithms", options.ssh_key_exchange_algorithms, exchanges, complaints);
  for (const option of ["ssh_port", "ssh_bastion_port", "ssh_proxy_port"] as const) {
    if (options[option] < 1 || options[option] > 65_535)
      complaints.error(option, `"${option}" must be between 1 and 65535`);
  }
}

function checkWinrm(options: CommunicationOptions, complaints: Complaints): void {
  if (!options.winrm_username) {
    complaints.error(
      "winrm_username",
      'A "winrm_username" must be specified',
      'Set "winrm_username" to "Administrator", the user of the Windows AMIs of Amazon, or to a user that the user data creates.',
    );
  }
  const port = options.winrm_port;
  if (port !== undefined && (port < 1 || port > 65_535)) {
    complaints.error("winrm_port", '"winrm_port" must be between 1 and 65535');
  }
  if (options.ssh_keypair_name && !options.winrm_password && !options.ssh_private_key_file) {
    complaints.error(
      "ssh_keypair_name",
      '"ssh_keypair_name" needs "ssh_private_key_file" to decrypt the password of the instance',
      'Set "ssh_private_key_file" to the private key of the key pair, or set "winrm_password".',
    );
  }
}

function checkLogin(options: CommunicationOptions, complaints: Complaints, context: CheckContext): void {
  checkKey(
    {
      option: "ssh_private_key_file",
      path: options.ssh_private_key_file,
      certificateOption: "ssh_certificate_file",
      certificatePath: options.ssh_certificate_file,
    },
    complaints,
    context,
  );
  if (options.ssh_certificate_file && !options.ssh_private_key_file) {
    complaints.error(
      "ssh_certificate_file",
      '"ssh_certificate_file" needs "ssh_private_key_file", the key that it certifies',
    );
  }
  if (options.ssh_agent_auth) checkAgent("ssh_agent_auth", complaints, context);
}

function checkBastion(options: CommunicationOptions, complaints: Complaints, context: CheckContext): void {
  if (options.ssh_bastion_certificate_file && !options.ssh_bastion_private_key_file) {
    complaints.error(
      "ssh_bastion_certificate_file",
      '"ssh_bastion_certificate_file" needs "ssh_bastion_private_key_file", the key that it certifies',
    );
  }
  if (!options.ssh_bastion_host) return;
  const file = options.ssh_bastion_private_key_file;
  if (file) {
    checkKey(
      {
        option: "ssh_bastion_private_key_file",
        path: file,
        certificateOption: "ssh_bastion_certificate_file",
        certificatePath: options.ssh_bastion_certificate_file,
      },
      complaints,
      context,
    );
  }
  if (options.ssh_bastion_agent_auth) checkAgent("ssh_bastion_agent_auth", complaints, context);
  const {
    ssh_bastion_password: password,
    ssh_bastion_agent_auth: agent,
    ssh_bastion_interactive: interactive,
  } = options;
  if (!password && !agent && !interactive && !file && !options.ssh_private_key_file) {
    complaints.error(
      "ssh_bastion_host",
      'One of "ssh_bastion_password", "ssh_bastion_private_key_file" and "ssh_bastion_agent_auth" must be specified',
    );
  }
  if (options.ssh_proxy_host) {
    complaints.error("ssh_proxy_host", 'Please specify either "ssh_bastion_host" or "ssh_proxy_host", not both');
  }
}

/** The options of a private key and its certificate. */
interface KeyOptions {
  readonly option: string;
  readonly path: string | undefined;
  readonly certificateOption: string;
  readonly certificatePath: string | undefined;
}

/** Checks that the files are a private key and a certificate with which a login can succeed. */
function checkKey(given: KeyOptions, complaints: Complaints, context: CheckContext): void {
  const { option, path, certificateOption, certificatePath } = given;
  const text = path ? readFile(option, path, complaints, context) : undefined;
  const read = text === undefined ? undefined : readPrivateKey(text, path ?? "");
  if (read && "problem" in read) complaints.error(option, `"${option}" is invalid: ${read.problem}`, read.hint);
  if (!certificatePath) return;
  const certificate = readFile(certificateOption, certificatePath, complaints, context);
  if (certificate === undefined) return;
  const found = certificateTextProblem(certificate, certificatePath, {
    key: read && "key" in read ? read.key : undefined,
    now: context.now(),
  });
  if (found) complaints.error(certificateOption, `"${certificateOption}" is invalid: ${found.problem}`, found.hint);
}

function readFile(option: string, path: string, complaints: Complaints, context: CheckContext): string | undefined {
  const text = context.pathKind(path) === "file" ? context.readText(path) : undefined;
  if (text === undefined) {
    complaints.error(option, `"${option}" is invalid: no such file: "${path}"`, pathHint(path, context));
  }
  return text;
}

function checkAgent(option: string, complaints: Complaints, context: CheckContext): void {
  if (context.env("SSH_AUTH_SOCK")) return;
  complaints.warning(
    option,
    `"${option}" needs an ssh-agent, but SSH_AUTH_SOCK is not set`,
    "Start an ssh-agent and load the key before the build: eval $(ssh-agent); ssh-add KEY.",
  );
}

/** Packer ignores names that it does not know. They matter only where no other one is left. */
function checkAlgorithms(
  option: string,
  names: readonly string[],
  known: readonly string[],
  complaints: Complaints,
): void {
  const report = names.some((name) => known.includes(name)) ? complaints.warning : complaints.error;
  names.forEach((name, index) => {
    if (known.includes(name)) return;
    const summary = `"${option}" has an unsupported algorithm: "${name}"`;
    report(`${option}[${index}]`, summary, `Use one of: ${known.join(", ")}.`);
  });
}
