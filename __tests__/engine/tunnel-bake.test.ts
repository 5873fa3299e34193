import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeSandbox } from "../local/instances/logins.js";
import { describeWith } from "../provisioners/tools.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("tunnel-bake");
const at = (...names: string[]) => join(folder(), ...names);

const WAYS = ["session_manager", "instance_connect_endpoint"] as const;
type Way = (typeof WAYS)[number];

/** 3 MB that no compression shortens to nothing. */
const BIG = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * index) % 251));

beforeAll(() => {
  const files: Record<string, string | Buffer> = {
    "big.bin": BIG,
    "tree/a": "a",
    "tree/deep/b": "b",
    "site.yml":
      "- hosts: all\n  gather_facts: false\n  tasks:\n    - copy: { src: big.bin, dest: /tmp/by-ansible }\n    - command: sha256sum /tmp/by-ansible\n",
    "manifest.pp": 'file { "/tmp/by-puppet": content => "puppet was here" }\n',
  };
  mkdirSync(at("tree/deep"), { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(at(name), content);
  // InSpec is in no package registry: this stand-in logs in with ssh as InSpec would.
  writeFileSync(at("inspec"), INSPEC, { mode: 0o755 });
});

const INSPEC = `#!/bin/sh
while [ $# -gt 0 ]; do
  case "$1" in --key-files) key=$2 ;; --port) port=$2 ;; --user) user=$2 ;; esac
  shift
done
ssh -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i "$key" -p "$port" "$user@127.0.0.1" 'echo inspected by $(id -un)'
`;

let count = 0;

/** Bakes on the local cloud through one of the ways. */
async function through(way: Way, provisioners: readonly object[], more: object = {}) {
  const template = at(`tunnel-${++count}.json`);
  const builder = {
    ...{ type: "amazon-ebs", region: "us-east-1", ami_name: "through", instance_type: "t3.micro" },
    ...{ ssh_username: "ubuntu", ssh_interface: way },
    source_ami_filter: {
      filters: { name: "ubuntu/images/*24.04*", architecture: "x86_64" },
      owners: ["099720109477"],
      most_recent: true,
    },
    temporary_iam_instance_profile_policy_document: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: ["ssmmessages:*"], Resource: ["*"] }],
    },
    ...more,
  };
  writeFileSync(template, JSON.stringify({ builders: [builder], provisioners }));
  const args = ["build", "-local", `-local-state=${at(`state-${count}`)}`, template];
  const ended = await runReally(args, { cwd: folder(), env: { XDG_STATE_HOME: folder() } });
  expect(ended).toMatchObject({ code: 0 });
  return ended.out;
}

/** A server of the runner that greets, for the tunnels of SSH. */
async function startGreeter(): Promise<number> {
  const server = createServer((socket) => socket.on("error", () => undefined).end("greeting\n"));
  greeters.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

const greeters: Server[] = [];
afterAll(() => {
  for (const each of greeters) each.close();
});

/** The files and directories of the tests to the instance and back. */
const transfers = (back: string) => [
  { type: "file", source: "big.bin", destination: "/tmp/big.bin" },
  { type: "file", source: "tree", destination: "/tmp" },
  { type: "shell", inline: ["cp /tmp/big.bin /tmp/copy.bin", "cat /tmp/tree/deep/b"] },
  { type: "file", direction: "download", source: "/tmp/copy.bin", destination: `${back}/copy.bin` },
  { type: "file", direction: "download", source: "/tmp/tree/", destination: back },
];

function expectTransferred(back: string): void {
  expect(readFileSync(at(back, "copy.bin")).equals(BIG)).toBe(true);
  expect(readFileSync(at(back, "tree/deep/b"), "utf8")).toBe("b");
}

describeSandbox.each(WAYS)("through %s", (way) => {
  test("files, tunnels of SSH, and the provisioners that run on the instance", async () => {
    const greeter = await startGreeter();
    const [local, remote] = way === "session_manager" ? [23_411, 23_412] : [23_413, 23_414];
    const read = (port: number | undefined, by: string) =>
      `exec 3<>/dev/tcp/127.0.0.1/${port}; read -r text <&3; echo "$text by ${by}"`;
    const standIn = (name: string) =>
      `printf '#!/bin/sh\\necho ${name} "$@"\\n' | sudo tee /usr/local/bin/${name}; sudo chmod 755 /usr/local/bin/${name}`;
    const provisioners = [
      ...transfers(`tar-${way}`),
      { type: "shell", inline_shebang: "/bin/bash -e", inline: [read(remote, "the remote tunnel")] },
      // From the runner to the instance, and by the other tunnel back to the runner.
      { type: "shell-local", execute_command: ["/bin/bash", "-c", read(local, "both tunnels")], inline: [""] },
      { type: "shell", inline: ["salt-call", "chef-solo", "puppet"].map(standIn) },
      { type: "salt-masterless", local_state_tree: "tree", skip_bootstrap: true },
      { type: "chef-solo", cookbook_paths: ["tree"], run_list: ["deep"], skip_install: true },
      { type: "puppet-masterless", manifest_file: "manifest.pp", puppet_bin_dir: "/usr/local/bin" },
    ];
    const out = await through(way, provisioners, {
      ssh_local_tunnels: [`${local}:127.0.0.1:${remote}`],
      ssh_remote_tunnels: [`${remote}:127.0.0.1:${greeter}`],
    });
    expectTransferred(`tar-${way}`);
    expect(out).toContain("amazon-ebs: greeting by the remote tunnel");
    expect(out).toContain("amazon-ebs: greeting by both tunnels");
    for (const name of ["salt-call", "chef-solo", "puppet"]) expect(out).toContain(`amazon-ebs: ${name} `);
  });

  // A reboot through Session Manager is noticed after 20 s; see the tests of its tunnel.
  const reboot = [
    { type: "shell", inline: ["echo before > /var/tmp/before; sudo reboot"], expect_disconnect: true },
    { type: "shell", pause_before: "1s", start_retry_timeout: "2m", inline: ["cat /var/tmp/before", "echo after"] },
  ];

  test(`SFTP, a pause before connecting and keep-alives${way === "session_manager" ? "" : ", and a reboot"}`, async () => {
    const out = await through(way, [...transfers(`sftp-${way}`), ...(way === "session_manager" ? [] : reboot)], {
      ...{ ssh_file_transfer_method: "sftp", pause_before_connecting: "1s", ssh_keep_alive_interval: "1s" },
    });
    expectTransferred(`sftp-${way}`);
    expect(out).toContain("Pausing 1 second once it is, before connecting again...");
    if (way !== "session_manager") expect(out).toMatch(/amazon-ebs: before\n(?:.*\n)*.*amazon-ebs: after/);
  });
});

describeWith("ansible-playbook", "pip install ansible-core").each(WAYS)("programs of the runner through %s", (way) => {
  test("Ansible with and without its proxy, and InSpec", async () => {
    const play = { type: "ansible", playbook_file: at("site.yml") };
    const out = await through(way, [
      { ...play, use_proxy: true },
      { ...play, use_proxy: false },
      { type: "inspec", profile: "tree", command: at("inspec") },
    ]);
    expect(out.match(/ok=2 .*failed=0/g)).toHaveLength(2);
    expect(out).toContain("Setting up proxy adapter");
    expect(out).toContain("Not using Proxy adapter");
    expect(out).toContain("amazon-ebs: inspected by ubuntu");
    expect(out).not.toContain("Ansible uses the proxy");
  });
});
