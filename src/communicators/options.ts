import type { Decode } from "../options/decoding.js";
import { choice, duration, flag, integer, list, parsed, text } from "../options/fields.js";
import { CIPHERS, KEY_EXCHANGES } from "../ssh/connect/algorithms.js";
import { parseTunnel } from "../ssh/connect/tunnels.js";

/** What `winrm` fields say: known, refused by name in a build. */
const NO_WINRM = "Windows images over WinRM are not built yet; use an image with OpenSSH and communicator ssh.";

/** One forward, read from `bindport:host:hostport`. */
const tunnel = parsed(
  "string",
  (value) => {
    const read = parseTunnel(value);
    if (read) return { value: read };
    return {
      complaint: `is not a tunnel: "${value}"`,
      hint: 'Write it as "bindport:host:hostport", e.g. "8080:db.internal:5432".',
    };
  },
  { doc: "A forward.", required: true },
);

/** Which communicator, and what all of them share (Packer §4). */
export const communicatorFields = {
  communicator: choice(["ssh", "winrm", "none"], { doc: "How the machine is reached.", default: "ssh" }),
  pause_before_connecting: duration({
    doc: "How long to wait after the first connection before connecting again: for machines that reboot at their first boot.",
    default: 0,
    unfingerprinted: true,
  }),
};

/** Options of the SSH communicator (Packer §4.1). Durations in milliseconds. */
export const sshFields = {
  ssh_host: text({ doc: "Address to connect to, instead of the one that the builder finds.", unfingerprinted: true }),
  ssh_port: integer({ doc: "Port to connect to.", default: 22, unfingerprinted: true }),
  ssh_username: text({ doc: "User to log in as: `ubuntu`, `ec2-user`, `admin` … by image." }),
  ssh_password: text({ doc: "Password, also for keyboard-interactive logins.", secret: true, unfingerprinted: true }),
  ssh_keypair_name: text({
    doc: "Key pair of the cloud account to launch with; needs `ssh_private_key_file` or `ssh_agent_auth`.",
    unfingerprinted: true,
  }),
  temporary_key_pair_name: text({
    doc: "Name of the key pair that is made for the build.",
    defaultDoc: "`packer_<uuid>`",
    unfingerprinted: true,
  }),
  temporary_key_pair_type: choice(["ed25519", "rsa"], {
    doc: "Kind of the key pair that is made for the build.",
    default: "ed25519",
    unfingerprinted: true,
  }),
  temporary_key_pair_bits: integer({ doc: "Size of an RSA key.", defaultDoc: "2048", unfingerprinted: true }),
  ssh_private_key_file: text({ doc: "Private key without a passphrase, `~` allowed.", unfingerprinted: true }),
  ssh_certificate_file: text({
    doc: "OpenSSH certificate for `ssh_private_key_file`, `~` allowed.",
    unfingerprinted: true,
  }),
  ssh_agent_auth: flag({ doc: "Offer the keys of the running ssh-agent.", default: false, unfingerprinted: true }),
  ssh_disable_agent_forwarding: flag({
    doc: "Whether the machine may not use the ssh-agent of this machine; only an explicit `false` lets it.",
    default: true,
    unfingerprinted: true,
  }),
  ssh_ciphers: list(text({ doc: "A cipher.", required: true }), {
    doc: "Ciphers to offer, best first.",
    defaultDoc: CIPHERS.map((name) => `\`${name}\``).join(", "),
    unfingerprinted: true,
  }),
  ssh_key_exchange_algorithms: list(text({ doc: "A key exchange algorithm.", required: true }), {
    doc: "Key exchange algorithms to offer, best first.",
    defaultDoc: KEY_EXCHANGES.map((name) => `\`${name}\``).join(", "),
    unfingerprinted: true,
  }),
  ssh_clear_authorized_keys: flag({
    doc: "Remove the temporary key from the machine's `authorized_keys` before the image is made.",
    default: false,
  }),
  ssh_pty: flag({ doc: "Run commands in a terminal (for sudo with `requiretty`).", default: false }),
  ssh_timeout: duration({
    doc: "How long to try to connect.",
    defaultDoc: "5 minutes",
    unfingerprinted: true,
  }),
  ssh_wait_timeout: duration({
    doc: "Old name of `ssh_timeout`, which it overrides.",
    deprecated: 'write "ssh_timeout"',
    unfingerprinted: true,
  }),
  ssh_handshake_attempts: integer({
    doc: "How many refused logins end the attempt to connect.",
    defaultDoc: "10",
    unfingerprinted: true,
  }),
  ssh_keep_alive_interval: duration({
    doc: "Time between keep-alive messages; negative is off.",
    default: 5000,
    unfingerprinted: true,
  }),
  ssh_read_write_timeout: duration({
    doc: "Drop a connection on which nothing came for this long, keep-alive answers included.",
    default: 0,
    defaultDoc: "off",
    unfingerprinted: true,
  }),
  ssh_file_transfer_method: choice(["scp", "sftp"], {
    doc: "`scp` sends folders as tar streams and files through the shell; `sftp` keeps to SFTP.",
    default: "scp",
    unfingerprinted: true,
  }),
  ssh_bastion_host: text({ doc: "Host to go through.", unfingerprinted: true }),
  ssh_bastion_port: integer({ doc: "Its port.", default: 22, unfingerprinted: true }),
  ssh_bastion_username: text({ doc: "User on the bastion host.", unfingerprinted: true }),
  ssh_bastion_password: text({ doc: "Password on the bastion host.", secret: true, unfingerprinted: true }),
  ssh_bastion_private_key_file: text({
    doc: "Private key for the bastion host.",
    defaultDoc: "`ssh_private_key_file`",
    unfingerprinted: true,
  }),
  ssh_bastion_certificate_file: text({ doc: "OpenSSH certificate for the bastion host.", unfingerprinted: true }),
  ssh_bastion_agent_auth: flag({
    doc: "Offer the ssh-agent's keys to the bastion host.",
    default: false,
    unfingerprinted: true,
  }),
  ssh_bastion_interactive: flag({
    doc: "Ask the person at the terminal for what the bastion host asks.",
    default: false,
    unfingerprinted: true,
  }),
  ssh_proxy_host: text({ doc: "SOCKS5 proxy to go through.", unfingerprinted: true }),
  ssh_proxy_port: integer({ doc: "Its port.", default: 1080, unfingerprinted: true }),
  ssh_proxy_username: text({ doc: "User of the proxy.", unfingerprinted: true }),
  ssh_proxy_password: text({ doc: "Password of the proxy.", secret: true, unfingerprinted: true }),
  ssh_local_tunnels: list(tunnel, {
    doc: "Forwards `bindport:host:hostport` from this machine into the machine's network, for the life of the build.",
    unfingerprinted: true,
  }),
  ssh_remote_tunnels: list(tunnel, {
    doc: "Forwards `bindport:host:hostport` from the machine to what this machine reaches.",
    unfingerprinted: true,
  }),
};

/** Options of Packer's WinRM communicator (§4.5). */
export const winrmFields = {
  winrm_username: text({ doc: "User to log in as.", unsupported: NO_WINRM }),
  winrm_password: text({ doc: "Password.", secret: true, unsupported: NO_WINRM }),
  winrm_host: text({ doc: "Address to connect to.", unsupported: NO_WINRM }),
  winrm_port: integer({ doc: "Port to connect to.", unsupported: NO_WINRM }),
  winrm_timeout: duration({ doc: "How long to try to connect.", unsupported: NO_WINRM }),
  winrm_use_ssl: flag({ doc: "Whether to use HTTPS.", unsupported: NO_WINRM }),
  winrm_insecure: flag({ doc: "Whether to skip the certificate check.", unsupported: NO_WINRM }),
  winrm_use_ntlm: flag({ doc: "Whether to log in with NTLM.", unsupported: NO_WINRM }),
  winrm_no_proxy: flag({ doc: "Whether to go past the proxy.", unsupported: NO_WINRM }),
};

/** All communicator options that a builder spreads into its schema. */
export const communicationFields = { ...communicatorFields, ...sshFields, ...winrmFields };

export type CommunicationOptions = Decode<typeof communicationFields>;

/** Old names that `packer fix` rewrites, for the schema's `renamed`. */
export const renamedSshOptions: Readonly<Record<string, string>> = { ssh_key_path: "ssh_private_key_file" };
