import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ConnectionDetails } from "../../../src/core/communicator.js";
import { ansibleOptions } from "../../../src/provisioners/ansible/options.js";
import { run } from "../../../src/provisioners/ansible/run.js";
import { temporaryFolder } from "../../support/folder.js";
import { messagesIn, optionsFor, outputOf, provisionerContext } from "../provision.js";
import { recordingMachine } from "../windows/machine.js";

const folder = temporaryFolder("ansible-winrm");
const at = (...names: string[]) => join(folder(), ...names);

/** Stand-in for Ansible: prints its arguments, its variables, the inventory and the files of variables. */
const ANSIBLE = `#!/bin/sh
last=
for argument; do
  printf '[%s] ' "$argument"
  case "$last $argument" in "-i "*) inventory=$argument;; "-e @"*) file=\${argument#@};; esac
  last=$argument
done
echo
env | grep ^ANSIBLE_ | sort
cat "$inventory"
[ -z "$file" ] || { stat -c %a "$file"; cat "$file"; echo; }
[ -z "$MY_TEXT" ] || { echo "$MY_TEXT"; exit 4; }
`;

beforeAll(() => {
  for (const name of ["here", "tmp"]) mkdirSync(at(name));
  process.env.TMPDIR = at("tmp");
  writeFileSync(at("here/site.yml"), "- hosts: all\n");
  writeFileSync(at("ansible-playbook"), ANSIBLE, { mode: 0o755 });
});

const details: ConnectionDetails = {
  host: "192.0.2.7",
  port: 5985,
  user: "Administrator",
  privateKey: undefined,
  password: "p'a \"s$",
  hostKeys: [],
  direct: true,
  winrm: { https: false, insecure: false, ntlm: false },
};

const { TMPDIR } = process.env;
afterAll(() => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
});

/** Directories of credentials that exist now. */
const credentials = () => readdirSync(at("tmp"));

async function provision(options: object, changes: Partial<ConnectionDetails> = {}) {
  const { communicator } = recordingMachine();
  const context = provisionerContext({ ...communicator, connection: () => ({ ...details, ...changes }) }, at("here"));
  const given = { playbook_file: "site.yml", command: at("ansible-playbook"), ...options };
  await run(optionsFor(ansibleOptions, given, at("here")), {
    ...context,
    surroundings: { ...context.surroundings, env: { PATH: process.env.PATH } },
  });
  const lines = outputOf(context.events).map((line) =>
    line
      .replaceAll(at("here"), "HERE")
      .replace(/\/[^ \]']*\/bake-login-\w+/g, "LOGIN")
      .replace(/\/[^ \]]*\/packer-provisioner-ansible\w+/g, "INVENTORY"),
  );
  return { lines, events: context.events };
}

test("Ansible connects directly, with Packer's variables and the password in a file of its own", async () => {
  const { lines, events } = await provision({});
  expect(lines).toEqual([
    '[-e] [packer_build_name="web"] [-e] [packer_builder_type=amazon-ebs] [-e] [@LOGIN/password.json] [-i] [INVENTORY/inventory] [HERE/site.yml]',
    "default ansible_host=192.0.2.7 ansible_connection=winrm ansible_winrm_transport=basic ansible_shell_type=powershell ansible_user=Administrator ansible_port=5985",
    "600",
    JSON.stringify({ ansible_password: details.password }),
  ]);
  expect(messagesIn(events)[1]).toBe(
    "Not using Proxy adapter for Ansible run:\n\tUsing WinRM Password from Packer communicator...",
  );
  expect(credentials()).toEqual([]);
});

test.each<[string, object, Partial<ConnectionDetails>, string]>([
  [
    "HTTPS",
    {},
    { port: 5986, winrm: { https: true, insecure: false, ntlm: false } },
    "basic ansible_shell_type=powershell ansible_user=Administrator ansible_port=5986",
  ],
  [
    "HTTPS without a check of the certificate",
    {},
    { port: 5986, winrm: { https: true, insecure: true, ntlm: false } },
    "ansible_winrm_server_cert_validation=ignore",
  ],
  ["HTTP on a port that Ansible takes for HTTPS", {}, { port: 80 }, "ansible_winrm_scheme=http"],
  [
    "HTTPS on the port of HTTP",
    {},
    { winrm: { https: true, insecure: false, ntlm: false } },
    "ansible_winrm_scheme=https",
  ],
  ["NTLM", {}, { winrm: { https: false, insecure: false, ntlm: true } }, "ansible_winrm_transport=ntlm"],
  ["a user of a domain", {}, { user: "DOM\\adm" }, "ansible_user='DOM'\\\\'adm'"],
  ["another user", { user: "other" }, {}, "ansible_user=other"],
  [
    "a template of the line",
    { inventory_file_template: "x {{.Host}}:{{.Port}} {{.User}}\n" },
    {},
    "x 192.0.2.7:5985 Administrator",
  ],
])("the line of the inventory: %s", async (_name, options, changes, text) => {
  expect((await provision(options, changes)).lines[1]).toContain(text);
});

test("a password of the user's own replaces the build's", async () => {
  const { lines } = await provision({ extra_arguments: ["-e", "ansible_password=mine"] });
  expect(lines.join("\n")).not.toContain("password.json");
});

test("use_proxy = true is a warning", async () => {
  const { events } = await provision({ use_proxy: true });
  expect(events).toContainEqual(
    expect.objectContaining({ diagnostic: expect.objectContaining({ code: "ansible-proxy" }) }),
  );
});

test("through a tunnel Ansible connects to a port of this host, which is closed afterwards", async () => {
  let closed = false;
  const close = async () => {
    closed = true;
  };
  const forward = async () => ({ host: "127.0.0.1", port: 40_000, close });
  const { lines } = await provision({}, { direct: false, forward });
  expect(lines[1]).toContain("ansible_host=127.0.0.1 ");
  expect(lines[1]).toContain("ansible_winrm_scheme=http ");
  expect(lines[1]).toContain("ansible_port=40000");
  expect(closed).toBe(true);
});

test.each<[string, Partial<ConnectionDetails>]>([
  ["a way that no other program can use", { direct: false }],
  ["no address", { host: "" }],
])("%s is an error with what to do", async (_name, changes) => {
  await expect(provision({}, changes)).rejects.toMatchObject({
    code: "ansible-not-direct",
    hint: expect.stringContaining("reachable from the runner"),
  });
});

test("a missing pywinrm is named", async () => {
  const text = "FAILED! => winrm or requests is not installed: No module named 'winrm'";
  await expect(provision({ ansible_env_vars: [`MY_TEXT=${text}`] })).rejects.toMatchObject({
    hint: expect.stringContaining("pywinrm"),
  });
});
