import type { Decode } from "../options/decoding.js";
import { choice, duration, flag, integer, list, parsed, text } from "../options/fields.js";
import { CIPHERS, KEY_EXCHANGES } from "../ssh/connect/algorithms.js";
import { parseTunnel } from "../ssh/connect/tunnels.js";

/** A tunnel, parsed from `bindport:host:hostport`. */
const tunnel = parsed(
  "string",
  (value) => {
    const read = parseTunnel(value);
    if (read) return { value: read };
    return {
      complaint: `is not a tunnel: "${value}"`,
      hint: 'Write "bindport:host:hostport", for example "8080:db.internal:5432".',
    };
  },
  { doc: "A tunnel.", required: true },
);

/** Options of all communicators (Packer §4). */
export const communicatorFields = {
  communicator: choice(["ssh", "winrm", "none"], { doc: "How to connect to the machine.", default: "ssh" }),
  pause_before_connecting: duration({
    doc: "Time to wait after the first connection before connecting again, for machines that reboot at first boot.",
    default: 0,
    unfingerprinted: true,
  }),
};

/** Options of the SSH communicator (Packer §4.1). Durations in milliseconds. */
export const sshFields = {
  ssh_host: text({
    doc: "Address to connect to. Overrides the address that the builder finds.",
    unfingerprinted: true,
  }),
  ssh_port: integer({ doc: "Port to connect to.", default: 22, unfingerprinted: true }),
  ssh_username: text({ doc: "User to log in as. It depends on the image: `ubuntu`, `ec2-user`, `admin` …" }),
  ssh_password: text({
    doc: "Password, also for keyboard-interactive authentication.",
    secret: true,
    unfingerprinted: true,
  }),
  ssh_keypair_name: text({
    doc: "Existing key pair to launch with. Needs `ssh_private_key_file` or `ssh_agent_auth`.",
    unfingerprinted: true,
  }),
  temporary_key_pair_name: text({
    doc: "Name of the temporary key pair.",
    defaultDoc: "`packer_<uuid>`",
    unfingerprinted: true,
  }),
  temporary_key_pair_type: choice(["ed25519", "rsa"], {
    doc: "Type of the temporary key pair.",
    defaultDoc: "`ed25519`; `rsa` with WinRM, and with 4096 bits for FIPS images and Windows images by SSH",
    unfingerprinted: true,
  }),
  temporary_key_pair_bits: integer({
    doc: "Size of an RSA key in bits.",
    defaultDoc: "2048, or 4096 for FIPS images and Windows images by SSH",
    unfingerprinted: true,
  }),
  ssh_private_key_file: text({
    doc: "File with a private key without a passphrase, in OpenSSH or PEM format (PKCS #1, SEC 1, PKCS #8). `~` is expanded.",
    unfingerprinted: true,
  }),
  ssh_certificate_file: text({
    doc: "File with an OpenSSH certificate for `ssh_private_key_file`. `~` is expanded.",
    unfingerprinted: true,
  }),
  ssh_agent_auth: flag({
    doc: "Authenticate with the certificates and keys of the running ssh-agent.",
    default: false,
    unfingerprinted: true,
  }),
  ssh_disable_agent_forwarding: flag({
    doc: "Do not forward the local ssh-agent to the machine. Set `false` to forward it.",
    default: true,
    unfingerprinted: true,
  }),
  ssh_ciphers: list(text({ doc: "A cipher.", required: true }), {
    doc: "Ciphers to offer, preferred first. A CBC cipher (`aes256-cbc`, `aes192-cbc`, `aes128-cbc`, `3des-cbc`) is offered only if it is named, and `hmac-sha1` and `ssh-rsa` are offered with it.",
    defaultDoc: CIPHERS.map((name) => `\`${name}\``).join(", "),
    unfingerprinted: true,
  }),
  ssh_key_exchange_algorithms: list(text({ doc: "A key exchange algorithm.", required: true }), {
    doc: "Key exchange algorithms to offer, preferred first. One with SHA-1 (`diffie-hellman-group14-sha1`, `diffie-hellman-group-exchange-sha1`, `diffie-hellman-group1-sha1`) is offered only if it is named, and `hmac-sha1` and `ssh-rsa` are offered with it.",
    defaultDoc: KEY_EXCHANGES.map((name) => `\`${name}\``).join(", "),
    unfingerprinted: true,
  }),
  ssh_clear_authorized_keys: flag({
    doc: "Remove the temporary key from the `authorized_keys` files before the image is created.",
    default: false,
  }),
  ssh_pty: flag({ doc: "Run commands in a terminal (for sudo with `requiretty`).", default: false }),
  ssh_timeout: duration({
    doc: "Time limit to connect.",
    defaultDoc: "5 minutes",
    unfingerprinted: true,
  }),
  ssh_wait_timeout: duration({
    doc: "Old name of `ssh_timeout`. Overrides it.",
    deprecated: 'use "ssh_timeout"',
    unfingerprinted: true,
  }),
  ssh_handshake_attempts: integer({
    doc: "Number of refused logins after which connecting fails.",
    defaultDoc: "10",
    unfingerprinted: true,
  }),
  ssh_keep_alive_interval: duration({
    doc: "Time between keep-alive messages. 0 is the default, a negative value disables them. A connection without any response for two minutes is lost.",
    default: 5000,
    unfingerprinted: true,
  }),
  ssh_read_write_timeout: duration({
    doc: "Close a connection that received nothing for this time, including keep-alive responses.",
    default: 0,
    defaultDoc: "off",
    unfingerprinted: true,
  }),
  ssh_file_transfer_method: choice(["scp", "sftp"], {
    doc: "`scp` transfers directories as tar streams and files through the shell. `sftp` uses only SFTP.",
    default: "scp",
    unfingerprinted: true,
  }),
  ssh_bastion_host: text({ doc: "Bastion host to connect through.", unfingerprinted: true }),
  ssh_bastion_port: integer({ doc: "Port of the bastion host.", default: 22, unfingerprinted: true }),
  ssh_bastion_username: text({ doc: "User on the bastion host.", unfingerprinted: true }),
  ssh_bastion_password: text({ doc: "Password on the bastion host.", secret: true, unfingerprinted: true }),
  ssh_bastion_private_key_file: text({
    doc: "Private key for the bastion host.",
    defaultDoc: "`ssh_private_key_file`",
    unfingerprinted: true,
  }),
  ssh_bastion_certificate_file: text({ doc: "OpenSSH certificate for the bastion host.", unfingerprinted: true }),
  ssh_bastion_agent_auth: flag({
    doc: "Authenticate to the bastion host with the certificates and keys of the ssh-agent.",
    default: false,
    unfingerprinted: true,
  }),
  ssh_bastion_interactive: flag({
    doc: "Prompt for the answers to keyboard-interactive questions of the bastion host.",
    default: false,
    unfingerprinted: true,
  }),
  ssh_proxy_host: text({ doc: "SOCKS5 proxy to connect through.", unfingerprinted: true }),
  ssh_proxy_port: integer({ doc: "Port of the proxy.", default: 1080, unfingerprinted: true }),
  ssh_proxy_username: text({ doc: "User of the proxy.", unfingerprinted: true }),
  ssh_proxy_password: text({ doc: "Password of the proxy.", secret: true, unfingerprinted: true }),
  ssh_local_tunnels: list(tunnel, {
    doc: "Tunnels `bindport:host:hostport` from the runner to the machine's network, open until the build ends.",
    unfingerprinted: true,
  }),
  ssh_remote_tunnels: list(tunnel, {
    doc: "Tunnels `bindport:host:hostport` from the machine to the runner's network.",
    unfingerprinted: true,
  }),
};

/** Options of the WinRM communicator (Packer §4.5). Durations in milliseconds. */
export const winrmFields = {
  winrm_username: text({ doc: "User to log in as: `Administrator` on the Windows AMIs of Amazon." }),
  winrm_password: text({
    doc: "Password of the user. amazon-ebs reads the password that EC2 generates if it is not set.",
    secret: true,
    unfingerprinted: true,
  }),
  winrm_host: text({
    doc: "Address to connect to. Overrides the address that the builder finds.",
    unfingerprinted: true,
  }),
  winrm_port: integer({
    doc: "Port to connect to.",
    defaultDoc: "5985, or 5986 with `winrm_use_ssl`",
    unfingerprinted: true,
  }),
  winrm_timeout: duration({ doc: "Time limit to connect.", default: 1_800_000, unfingerprinted: true }),
  winrm_use_ssl: flag({ doc: "Use HTTPS.", default: false, unfingerprinted: true }),
  winrm_insecure: flag({
    doc: "Do not check the certificate of the machine and its name.",
    default: false,
    unfingerprinted: true,
  }),
  winrm_use_ntlm: flag({
    doc: "Log in with NTLM. If it is not set, NTLM is used where the machine does not offer Basic authentication. Messages over HTTP are then encrypted.",
    default: false,
    unfingerprinted: true,
  }),
  winrm_no_proxy: flag({
    doc: "Connect directly, without the proxy of `HTTP_PROXY` or `HTTPS_PROXY`.",
    default: false,
    unfingerprinted: true,
  }),
};

/** All communicator options, for the schema of a builder. */
export const communicationFields = { ...communicatorFields, ...sshFields, ...winrmFields };

export type CommunicationOptions = Decode<typeof communicationFields>;

/** Returns `winrm_port`, or the default port of HTTP or HTTPS. */
export function winrmPort(options: Pick<CommunicationOptions, "winrm_port" | "winrm_use_ssl">): number {
  return options.winrm_port || (options.winrm_use_ssl ? 5986 : 5985);
}

/** Old names that `packer fix` rewrites, for the schema's `renamed`. */
export const renamedSshOptions: Readonly<Record<string, string>> = { ssh_key_path: "ssh_private_key_file" };
