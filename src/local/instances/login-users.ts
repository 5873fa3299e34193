/**
 * The login users of the common images, in the order of their ids from 1000; cloud-init creates one of them, a sandbox has all.
 */
export const LOGIN_USERS = ["ubuntu", "ec2-user", "admin", "debian", "centos", "rocky", "fedora"] as const;

const FIRST_UID = 1000;

/** The files of /etc that hold the sandbox's users: the host's system users without passwords, and the login users. */
export interface UserFiles {
  readonly passwd: string;
  readonly group: string;
  readonly shadow: string;
  readonly gshadow: string;
  readonly sudoers: string;
}

/** `passwd` and `group` are the host's texts; its people (ids from 1000 to 59999) stay behind, as their homes do. */
export function userFiles(passwd: string, group: string): UserFiles {
  const users = keepSystem(passwd).map((line) => (line.startsWith("root:") ? "root:x:0:0:root:/root:/bin/bash" : line));
  const groups = keepSystem(group).map((line) => {
    const [name = "", password = "", id = "", members = ""] = line.split(":");
    const staying = members.split(",").filter((member) => users.some((user) => user.startsWith(`${member}:`)));
    return [name, password, id, staying.join(",")].join(":");
  });
  LOGIN_USERS.forEach((user, index) => {
    const id = FIRST_UID + index;
    users.push(`${user}:x:${id}:${id}:${user}:/home/${user}:/bin/bash`);
    groups.push(`${user}:x:${id}:`);
  });
  return {
    passwd: `${users.join("\n")}\n`,
    group: `${groups.join("\n")}\n`,
    shadow: users.map((line) => `${line.split(":")[0]}:*:19000:0:99999:7:::\n`).join(""),
    gshadow: groups.map((line) => `${line.split(":")[0]}:!::${line.split(":")[3] ?? ""}\n`).join(""),
    sudoers: LOGIN_USERS.map((user) => `${user} ALL=(ALL) NOPASSWD:ALL\n`).join(""),
  };
}

/** The id of a login user inside. */
export function loginUserId(user: (typeof LOGIN_USERS)[number]): number {
  return FIRST_UID + LOGIN_USERS.indexOf(user);
}

function keepSystem(text: string): string[] {
  return text.split("\n").filter((line) => {
    const [name = "", , id = ""] = line.split(":");
    const person = Number(id) >= 1000 && Number(id) < 60_000;
    return /^[^+-]/.test(name) && id !== "" && !person && !LOGIN_USERS.some((user) => user === name);
  });
}
