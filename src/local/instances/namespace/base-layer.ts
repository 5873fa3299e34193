import { LOGIN_USERS, loginUserId, userFiles } from "../login-users.js";
import cloudInit from "../shims/cloud-init.sh";
import { AS_ROOT, commandShims, SUDO_SHIM } from "../shims.js";

/** One entry of the layer; `path` starts with the tree it belongs to: `root`, or a directory of `/` such as `etc`. */
export type BaseEntry = { readonly path: string; readonly owner?: number } & (
  | { readonly type: "file"; readonly text: string; readonly mode: number }
  | { readonly type: "link"; readonly target: string }
  /** A copy of the host's file `target`. */
  | { readonly type: "copy"; readonly target: string; readonly mode: number }
  | { readonly type: "folder"; readonly mode: number }
  /** An empty directory in place of the host's. */
  | { readonly type: "hidden"; readonly mode: number }
);

/** What the layer is made from. */
export interface HostFacts {
  readonly passwd: string;
  readonly group: string;
  /** Entries of the host's `/` that are links: name to target, e.g. `bin` to `usr/bin`. */
  readonly links: Readonly<Record<string, string>>;
  /** Directories of the host's `/` that sandboxes see: `usr`, `etc`, `var` and those of the system that are no links. */
  readonly tops: readonly string[];
  /** Of the paths that `hiddenPaths` names, those that exist. */
  readonly hidden: readonly string[];
  /** Of `PRIVATE_FILES`, those that exist. */
  readonly emptied: readonly string[];
  readonly hasSudo: boolean;
  /** Whether `/usr/sbin` is a link to `bin`, as on Fedora. */
  readonly sbinIsBin: boolean;
  /** Files of /etc/skel: name to text. */
  readonly skeleton: Readonly<Record<string, string>>;
}

/** Directories of a cloud image's `/` that start empty here, with their modes. */
const EMPTY: readonly (readonly [string, number])[] = [
  ["proc", 0o555],
  ["sys", 0o555],
  ["dev", 0o755],
  ["run", 0o755],
  ["tmp", 0o1777],
  ["root", 0o700],
  ["home", 0o755],
  ["mnt", 0o755],
  ["media", 0o755],
  ["srv", 0o755],
  ["opt", 0o755],
  ["boot", 0o755],
];

/** Paths of the host that sandboxes do not see: keys, mail, logs, containers. */
export const PRIVATE_DIRECTORIES = [
  "/var/tmp",
  "/var/log",
  "/var/mail",
  "/var/spool/cron",
  "/var/spool/postfix",
  "/var/backups",
  "/var/crash",
  "/var/www",
  "/var/lib/cloud",
  "/var/lib/docker",
  "/var/lib/containerd",
  "/var/lib/containers",
  "/var/lib/kubelet",
  "/var/lib/machines",
  "/var/lib/private",
  "/var/lib/waagent",
  "/var/lib/sudo",
  "/var/lib/sss",
  "/var/lib/NetworkManager",
  "/var/lib/bluetooth",
  "/var/lib/jenkins",
  "/var/cache/private",
  "/etc/ssl/private",
  "/etc/letsencrypt",
  "/etc/kubernetes",
  "/etc/wireguard",
  "/etc/openvpn",
  "/etc/NetworkManager/system-connections",
  "/etc/netplan",
  "/etc/docker",
  "/etc/sudoers.d",
  "/etc/cron.d",
] as const;

/** Files that hold secrets or names of the host's people; they are empty in sandboxes. */
export const PRIVATE_FILES = [
  "/etc/shadow-",
  "/etc/gshadow-",
  "/etc/passwd-",
  "/etc/group-",
  "/etc/subuid",
  "/etc/subuid-",
  "/etc/subgid",
  "/etc/subgid-",
  "/etc/krb5.keytab",
  "/etc/ppp/chap-secrets",
  "/etc/ppp/pap-secrets",
  "/etc/mysql/debian.cnf",
  "/etc/wpa_supplicant.conf",
] as const;

/** The modes of hidden directories that are not 0755. */
const MODES: Readonly<Record<string, number>> = {
  "/var/tmp": 0o1777,
  "/etc/sudoers.d": 0o750,
  "/etc/ssl/private": 0o710,
};

/**
 * The layer between the host's files and an image's: directories that hide the host's, the users, and the programs that replace those
 * of systemd.
 */
export function baseLayer(host: HostFacts): BaseEntry[] {
  const users = userFiles(host.passwd, host.group);
  return [
    ...host.tops.map((top): BaseEntry => ({ path: top, type: "folder", mode: 0o755 })),
    ...host.tops.map((top): BaseEntry => ({ path: `root/${top}`, type: "folder", mode: 0o755 })),
    ...Object.entries(host.links).map(([name, target]): BaseEntry => ({ path: `root/${name}`, type: "link", target })),
    ...EMPTY.map(([name, mode]): BaseEntry => ({ path: `root/${name}`, type: "folder", mode })),
    ...host.hidden.map((path): BaseEntry => ({ path: path.slice(1), type: "hidden", mode: MODES[path] ?? 0o755 })),
    { path: "etc/passwd", type: "file", text: users.passwd, mode: 0o644 },
    { path: "etc/group", type: "file", text: users.group, mode: 0o644 },
    { path: "etc/shadow", type: "file", text: users.shadow, mode: 0o640 },
    { path: "etc/gshadow", type: "file", text: users.gshadow, mode: 0o640 },
    ...host.emptied.map((path): BaseEntry => ({ path: path.slice(1), type: "file", text: "", mode: 0o600 })),
    { path: "etc/sudoers.d/90-cloud-init-users", type: "file", text: users.sudoers, mode: 0o440 },
    { path: "etc/machine-id", type: "file", text: "", mode: 0o444 },
    { path: "var/log/apt", type: "folder", mode: 0o755 },
    ...homes(host),
    ...shims(host),
  ];
}

function homes(host: HostFacts): BaseEntry[] {
  const skeleton = Object.entries(host.skeleton);
  return LOGIN_USERS.flatMap((user): BaseEntry[] => [
    { path: `root/home/${user}`, type: "folder", mode: 0o750, owner: loginUserId(user) },
    ...skeleton.map(([name, text]): BaseEntry => {
      return { path: `root/home/${user}/${name}`, type: "file", text, mode: 0o644, owner: loginUserId(user) };
    }),
  ]);
}

function shims(host: HostFacts): BaseEntry[] {
  const program = (path: string, text: string): BaseEntry => ({ path: path.slice(1), type: "file", text, mode: 0o755 });
  const sbin = host.sbinIsBin ? "/usr/bin" : "/usr/sbin";
  return [
    ...commandShims(sbin).map(({ path, text }) => program(path, text)),
    program("/usr/bin/cloud-init", cloudInit),
    // Packages do not start services here, as in every image build without an init system.
    program(`${sbin}/policy-rc.d`, "#!/bin/sh\nexit 101\n"),
    { path: AS_ROOT.slice(1), type: "copy", target: "/usr/bin/env", mode: 0o4755 },
    ...(host.hasSudo ? [] : [program("/usr/bin/sudo", `#!/bin/sh\nexec ${SUDO_SHIM} "$@"\n`)]),
  ];
}
