import { shellQuote } from "../../../core/text.js";
import type { HostKey } from "../../../ssh/keys/host-key.js";
import type { LaunchRequest } from "../../sandboxes.js";
import { LOGIN_USERS } from "../login-users.js";
import { AS_ROOT, commandShims, SUDO_SHIM } from "../shims.js";

/** Process 1 of a container: reaps, and ends with a code that names the reason, on the signals that systemd uses for it. */
export const IDLE = "trap 'exit 38' 38; trap 'exit 39' 39; while :; do sleep 3600 & wait $!; done";

/**
 * The script that makes a sandbox of a container on its first boot, run by its own shell as root: login users with sudo, power verbs,
 * host key, launch keys, user data. Everything that an image's earlier boot may have made already is left as it is.
 */
export function setupScript(request: LaunchRequest, key: HostKey, script: boolean): string {
  const keys = request.authorizedKeys.map((line) => `${line.trim()}\n`).join("");
  const cloud = "/var/lib/cloud/instance";
  return [
    "set -e; umask 022",
    "mkdir -p /etc/ssh /etc/sudoers.d /usr/lib/bake-ami /usr/local/bin /usr/local/sbin /run/lock",
    ...LOGIN_USERS.map(addUser),
    ...commandShims("/sbin").map(({ path, text }) => file(path, text, "755")),
    `cp -L /usr/bin/env ${AS_ROOT}; chmod 4755 ${AS_ROOT}`,
    `[ -x /usr/bin/sudo ] || ln -sf ${SUDO_SHIM} /usr/bin/sudo`,
    file(
      "/etc/sudoers.d/90-cloud-init-users",
      LOGIN_USERS.map((user) => `${user} ALL=(ALL) NOPASSWD:ALL\n`).join(""),
      "440",
    ),
    "rm -f /etc/ssh/ssh_host_*",
    file("/etc/ssh/ssh_host_ed25519_key", key.privateKey, "600"),
    file("/etc/ssh/ssh_host_ed25519_key.pub", `${key.publicKey}\n`, "644"),
    `rm -rf ${cloud}; mkdir -p ${cloud} /var/lib/cloud/data`,
    `printf %s ${shellQuote(Buffer.from(request.userData ?? []).toString("base64"))} | base64 -d >${cloud}/user-data.txt; chmod 600 ${cloud}/user-data.txt`,
    script ? "" : `date >${cloud}/boot-finished`,
    keys === "" ? "" : ["root", ...LOGIN_USERS].map((user) => authorize(user, keys)).join("\n"),
    "",
  ].join("\n");
}

function addUser(user: string): string {
  return `if ! grep -q '^${user}:' /etc/passwd; then
  id=1000; while grep -q "^[^:]*:[^:]*:$id:" /etc/passwd /etc/group; do id=$((id + 1)); done
  echo "${user}:x:$id:$id:${user}:/home/${user}:/bin/bash" >>/etc/passwd
  echo "${user}:x:$id:" >>/etc/group
  echo '${user}:*:19000:0:99999:7:::' >>/etc/shadow
  mkdir -p /home/${user}; cp -a /etc/skel/. /home/${user}/ 2>/dev/null || :
  chown -R $id:$id /home/${user}; chmod 750 /home/${user}
fi`;
}

function authorize(user: string, keys: string): string {
  const home = user === "root" ? "/root" : `/home/${user}`;
  return `mkdir -p ${home}/.ssh; printf %s ${shellQuote(keys)} >>${home}/.ssh/authorized_keys
chown -R $(id -u ${user}):$(id -g ${user}) ${home}/.ssh; chmod 700 ${home}/.ssh; chmod 600 ${home}/.ssh/authorized_keys`;
}

function file(path: string, text: string, mode: string): string {
  return `rm -f ${path}; cat >${path} <<'BAKE_AMI_END'\n${text.endsWith("\n") ? text : `${text}\n`}BAKE_AMI_END\nchmod ${mode} ${path}`;
}
