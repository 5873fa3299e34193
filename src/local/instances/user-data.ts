import type { LoginHost } from "../../ssh/server/login-host.js";

const FOLDER = "/var/lib/cloud/instance";

/** Runs the user data script as cloud-init does: as root, once, its output to the console and to cloud-init-output.log. */
const RUN_SCRIPT = `mkdir -p ${FOLDER}/scripts && cp ${FOLDER}/user-data.txt ${FOLDER}/scripts/part-001 && chmod 700 ${FOLDER}/scripts/part-001
cd / && ${FOLDER}/scripts/part-001 2>&1 </dev/null | tee -a /var/log/cloud-init-output.log
date >${FOLDER}/boot-finished`;

/** True for user data that is a script; other kinds (`#cloud-config`, archives) are not carried out here. */
export function isScript(userData: Uint8Array | undefined): boolean {
  return userData !== undefined && userData[0] === 0x23 && userData[1] === 0x21;
}

/** Runs the script that lies on the machine; resolves when it ended, or the machine went down under it. */
export async function runUserData(host: LoginHost, write: (text: string) => void): Promise<void> {
  const login = { user: "root", uid: 0, gid: 0, groups: "0", home: "/root", shell: "/bin/sh", keyLine: "" };
  const request = { login, kind: "exec", command: RUN_SCRIPT, environment: [], terminal: undefined } as const;
  const running = await host.run(request);
  running.stdin.end();
  for (const stream of [running.stdout, running.stderr]) {
    stream.on("data", (data: Buffer) => write(data.toString("utf8").replaceAll("\n", "\r\n")));
    stream.on("error", () => undefined);
  }
  await running.ended;
}
