import { pathHint } from "../options/path-hint.js";
import type { CheckContext, Complaints } from "../options/schema.js";
import { CIPHERS, KEY_EXCHANGES, LEGACY_CIPHERS, LEGACY_KEY_EXCHANGES } from "../ssh/connect/algorithms.js";
import type { CommunicationOptions } from "./options.js";

/**
 * Checks the communicator's options (Packer §4): required options, options that exclude each other, files that must exist. Builders
 * call it from their schema's check.
 */
export function checkCommunication(options: CommunicationOptions, complaints: Complaints, context: CheckContext): void {
  if (options.communicator === "winrm") {
    complaints.warning(
      "communicator",
      '"communicator": "winrm" is not supported yet; builds that use it fail',
      'Use an image with OpenSSH and set "communicator" to "ssh".',
    );
  }
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

function checkLogin(options: CommunicationOptions, complaints: Complaints, context: CheckContext): void {
  checkKeyFile("ssh_private_key_file", options.ssh_private_key_file, complaints, context);
  checkCertificate("ssh_certificate_file", options.ssh_certificate_file, complaints, context);
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
  checkKeyFile("ssh_bastion_private_key_file", file, complaints, context);
  if (file) {
    checkCertificate("ssh_bastion_certificate_file", options.ssh_bastion_certificate_file, complaints, context);
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

function checkKeyFile(option: string, path: string | undefined, complaints: Complaints, context: CheckContext): void {
  if (!path) return;
  const text = readFile(option, path, complaints, context);
  if (text === undefined) return;
  if (!text.includes("PRIVATE KEY-----")) {
    complaints.error(option, `"${option}" is invalid: no private key found in "${path}"`);
  } else if (/^Proc-Type: .*ENCRYPTED|BEGIN ENCRYPTED PRIVATE KEY/m.test(text)) {
    complaints.error(
      option,
      `"${option}" is invalid: the private key in "${path}" is encrypted`,
      'Load the key into ssh-agent and set "ssh_agent_auth", or decrypt a copy with `ssh-keygen -p`.',
    );
  }
}

function checkCertificate(
  option: string,
  path: string | undefined,
  complaints: Complaints,
  context: CheckContext,
): void {
  if (!path) return;
  const text = readFile(option, path, complaints, context);
  if (text !== undefined && !/-cert-v01@openssh\.com\s/.test(text)) {
    complaints.error(option, `"${option}" is invalid: no OpenSSH certificate found in "${path}"`);
  }
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

function checkAlgorithms(
  option: string,
  names: readonly string[],
  known: readonly string[],
  complaints: Complaints,
): void {
  names.forEach((name, index) => {
    if (known.includes(name)) return;
    complaints.error(
      `${option}[${index}]`,
      `"${option}" has an unsupported algorithm: "${name}"`,
      `Use one of: ${known.join(", ")}.`,
    );
  });
}
