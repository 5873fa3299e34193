import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect } from "@jest/globals";
import type { ConnectionDetails } from "../../../src/core/communicator.js";
import { Cancelled } from "../../../src/core/errors.js";
import type { ProvisionerContext } from "../../../src/core/parts.js";
import { redactor } from "../../../src/core/secrets/redactor.js";
import { secretValues, sshArguments } from "../../../src/provisioners/ansible/command.js";
import { ansibleOptions } from "../../../src/provisioners/ansible/options.js";
import { run } from "../../../src/provisioners/ansible/run.js";
import { describe, test } from "../../ssh/openssh.js";
import { temporaryFolder } from "../../support/folder.js";
import { sshMachine } from "../machine.js";
import { decode, messagesIn, optionsFor, outputOf, provisionerContext } from "../provision.js";

const folder = temporaryFolder("ansible-command");
const machine = sshMachine();
const at = (...names: string[]) => join(folder(), ...names);

/** Stand-in for Ansible's programs: prints its arguments, its variables and the inventory. */
const ANSIBLE = `#!/bin/sh
name=$(basename $0); printf '%s' "$name"; inventory=; last=
for argument; do printf ' [%s]' "$argument"; [ "$last" != -i ] || inventory=$argument; last=$argument; done; echo
[ "$name" = ansible-galaxy ] && exit \${GALAXY_EXIT:-0}
env | grep -E '^(ANSIBLE_|AWS_|MY_)' | sort
[ ! -f "$inventory" ] || sed 's/^/inventory: /' "$inventory"
[ -z "$MY_SLEEP" ] || { echo sleeping; sleep 60 & wait; }
exit \${MY_EXIT:-0}
`;

beforeAll(() => {
  for (const name of ["here", "bin", "here/inventory"]) mkdirSync(at(name));
  for (const name of ["site.yml", "hosts.ini", "old.yml"]) writeFileSync(at("here", name), "- hosts: all\n");
  writeFileSync(at("here/requirements.yml"), "roles:\n- name: r\ncollections:\n- name: c\n");
  for (const name of ["ansible-playbook", "ansible-galaxy"]) {
    writeFileSync(at("bin", name), ANSIBLE, { mode: 0o755 });
  }
});

/** Host and user that the stand-in receives for its login. */
const direct: ConnectionDetails = {
  host: "192.0.2.7",
  port: 22,
  user: "admin",
  privateKey: "KEY",
  password: undefined,
  hostKeys: ["ssh-ed25519 AAAA"],
  direct: true,
  winrm: undefined,
};

/** The same without a private key of the build. */
const keyless: ConnectionDetails = { ...direct, user: "a", privateKey: undefined, hostKeys: [] };

async function provision(options: object, connection?: ConnectionDetails, changes: Partial<ProvisionerContext> = {}) {
  const whole = machine.communicator();
  const communicator = connection ? { ...whole, connection: () => connection } : whole;
  const context = provisionerContext(communicator, at("here"), {
    childEnvironment: async () => ({ AWS_ACCESS_KEY_ID: "AKIDEXAMPLE" }),
    ...changes,
  });
  const given = { playbook_file: "site.yml", command: at("bin/ansible-playbook"), ...options };
  const env = { PATH: process.env.PATH };
  await run(optionsFor(ansibleOptions, { galaxy_command: at("bin/ansible-galaxy"), ...given }, at("here")), {
    ...context,
    surroundings: { ...context.surroundings, env },
  });
  // Replace temporary names with words.
  const lines = outputOf(context.events).map((line) =>
    line
      .replaceAll(at("here"), "HERE")
      .replace(/\/[^ \]']*\/bake-login-\w+/g, "LOGIN")
      .replace(/\/[^ \]]*\/packer-provisioner-ansible\w+/g, "INVENTORY")
      .replace(/ansible_port=\d+/g, "ansible_port=PORT"),
  );
  return { lines, events: context.events };
}

const HOST_KEY = "-o UserKnownHostsFile=LOGIN/known_hosts -o StrictHostKeyChecking=yes";

describe("arguments of Ansible", () => {
  test("through the proxy", async () => {
    const { lines, events } = await provision({});
    expect(lines).toEqual([
      `ansible-playbook [-e] [packer_build_name="web"] [-e] [packer_builder_type=amazon-ebs] [--ssh-extra-args] [-o IdentitiesOnly=yes ${HOST_KEY}] [-e] [ansible_ssh_private_key_file=LOGIN/key] [-i] [INVENTORY/inventory] [HERE/site.yml]`,
      "ANSIBLE_HOST_KEY_CHECKING=True",
      `ANSIBLE_SCP_EXTRA_ARGS=${HOST_KEY}`,
      `ANSIBLE_SFTP_EXTRA_ARGS=${HOST_KEY}`,
      "ANSIBLE_SSH_CONTROL_PATH_DIR=LOGIN",
      "ANSIBLE_SSH_TRANSFER_METHOD=piped",
      "AWS_ACCESS_KEY_ID=AKIDEXAMPLE",
      `inventory: default ansible_host=127.0.0.1 ansible_user=${machine.sshd().user} ansible_port=PORT`,
    ]);
    expect(messagesIn(events).slice(0, 2)).toEqual([
      "Provisioning with Ansible...",
      "Setting up proxy adapter for Ansible....",
    ]);
  });

  test("straight to the machine", async () => {
    const { lines, events } = await provision({ use_proxy: false }, direct);
    expect(lines.at(-1)).toBe("inventory: default ansible_host=192.0.2.7 ansible_user=admin ansible_port=PORT");
    expect(messagesIn(events)[1]).toBe(
      "Not using Proxy adapter for Ansible run:\n\tUsing ssh keys from Packer communicator...",
    );
  });

  test.each<[string, object, readonly string[]]>([
    [
      "another user, alias, groups",
      { user: "me", host_alias: "m", groups: ["a"], empty_groups: ["b"] },
      [
        "inventory: m ansible_host=127.0.0.1 ansible_user=me ansible_port=PORT",
        "inventory: [a]",
        "inventory: m ansible_host=127.0.0.1 ansible_user=me ansible_port=PORT",
        "inventory: [b]",
      ],
    ],
    [
      "a template",
      { inventory_file_template: "{{ .HostAlias }} u={{ .User }} h={{ .Host }}\n", user: "x" },
      ["inventory: default u=x h=127.0.0.1"],
    ],
    ["an inventory of the user's", { inventory_file: "hosts.ini" }, ["inventory: - hosts: all"]],
  ])("an inventory with %s", async (_name, options, expected) => {
    const { lines } = await provision(options);
    expect(lines.filter((line) => line.startsWith("inventory:"))).toEqual(expected);
  });

  test("a kept inventory next to the user's variables", async () => {
    await provision({ inventory_directory: "inventory", keep_inventory_file: true });
    const [name = ""] = readdirSync(at("here/inventory"));
    expect(name).toMatch(/^packer-provisioner-ansible\w+$/);
    expect(readFileSync(at("here/inventory", name), "utf8")).toContain("ansible_host=127.0.0.1");
  });

  test.each<[string, object, readonly string[], readonly string[]]>([
    [
      "the user's variables, which override the generated ones",
      { ansible_env_vars: ["ANSIBLE_HOST_KEY_CHECKING=False", "ANSIBLE_SCP_IF_SSH=True", "MY_A=b=c"] },
      ["ANSIBLE_HOST_KEY_CHECKING=False", "ANSIBLE_SCP_IF_SSH=True", "MY_A=b=c"],
      ["ANSIBLE_SSH_TRANSFER_METHOD=piped"],
    ],
    ["SFTP", { use_sftp: true }, [], ["ANSIBLE_SSH_TRANSFER_METHOD=piped"]],
    [
      "the user's SSH options, which replace the generated ones",
      { extra_arguments: ["--ssh-extra-args", "-o IdentitiesOnly=yes"] },
      ["ANSIBLE_HOST_KEY_CHECKING=False"],
      ["ANSIBLE_HOST_KEY_CHECKING=True"],
    ],
  ])("%s", async (_name, options, there, absent) => {
    const { lines } = await provision(options);
    expect(lines).toEqual(expect.arrayContaining([...there]));
    expect(lines.filter((line) => absent.includes(line))).toEqual([]);
  });

  test("requirements first: roles, then collections", async () => {
    const { lines } = await provision({
      galaxy_file: "requirements.yml",
      galaxy_force_install: true,
      galaxy_force_with_deps: true,
      roles_path: "roles",
      collections_path: "collections",
    });
    expect(lines.slice(0, 2)).toEqual([
      "ansible-galaxy [install] [-r] [requirements.yml] [-f] [--force-with-deps] [-p] [roles]",
      "ansible-galaxy [collection] [install] [-r] [requirements.yml] [-f] [--force-with-deps] [-p] [collections]",
    ]);
  });

  test("requirements in the old format are roles", async () => {
    const { lines } = await provision({ galaxy_file: "old.yml" });
    expect(lines.filter((line) => line.startsWith("ansible-galaxy"))).toEqual([
      "ansible-galaxy [install] [-r] [old.yml]",
    ]);
  });
});

describe("the connection to the machine with use_proxy = false", () => {
  const proxied = /ansible_host=127\.0\.0\.1/;
  test.each<[string, object, ConnectionDetails, boolean]>([
    ["a bastion stands between", {}, { ...direct, direct: false }, true],
    [
      "a bastion in the SSH options",
      { ansible_ssh_extra_args: ["-o ProxyJump=b"] },
      { ...direct, direct: false },
      false,
    ],
    ["the build logs in with a password", {}, { ...keyless, password: "p" }, true],
    ["the build logs in with an agent", {}, keyless, false],
  ])("%s", async (_name, options, connection, throughProxy) => {
    const { lines, events } = await provision({ use_proxy: false, ...options }, connection);
    expect(proxied.test(lines.join("\n"))).toBe(throughProxy);
    expect(events.some((event) => event.type === "diagnostic")).toBe(throughProxy);
  });
});

describe("the connection through a tunnel with use_proxy = false", () => {
  const ports = { opened: 0, closed: 0 };
  const tunnelled: ConnectionDetails = {
    ...direct,
    host: "i-0123456789abcdef0",
    direct: false,
    forward: async () => {
      ports.opened += 1;
      const close = async () => {
        ports.closed += 1;
      };
      return { host: "127.0.0.1", port: 4022, close };
    },
  };

  test("is a port of 127.0.0.1, with the key and the host key of the machine, closed at the end", async () => {
    const { lines, events } = await provision({ use_proxy: false }, tunnelled);
    expect(lines.join("\n")).toMatch(/ansible_host=127\.0\.0\.1 ansible_user=\S+ ansible_port=PORT/);
    expect(lines.join("\n")).not.toContain("i-0123456789abcdef0");
    expect(events.some((event) => event.type === "diagnostic")).toBe(false);
    expect(ports).toEqual({ opened: 1, closed: 1 });
  });

  test("is the user's where the SSH options have a route of their own", async () => {
    const { lines } = await provision({ use_proxy: false, ansible_ssh_extra_args: ["-o ProxyCommand=x"] }, tunnelled);
    expect(lines.join("\n")).toMatch(/ansible_host=i-0123456789abcdef0/);
    expect(ports.opened).toBe(1);
  });
});

describe("failing", () => {
  test.each<[string, object, object]>([
    ["requirements", { galaxy_file: "old.yml", ansible_env_vars: ["GALAXY_EXIT=1"] }, { code: "ansible-failed" }],
    [
      "a host",
      { ansible_env_vars: ["MY_EXIT=4"] },
      { hint: expect.stringContaining("could not connect to the machine") },
    ],
    [
      "missing Ansible",
      { command: "no-such-ansible", skip_version_check: true },
      { code: "program-not-found", message: '"no-such-ansible" is not installed on this host' },
    ],
  ])("%s", async (_name, options, expected) => {
    await expect(provision(options)).rejects.toMatchObject(expected);
  });

  test("an abort terminates Ansible and its children", async () => {
    const controller = new AbortController();
    const ran = provision({ ansible_env_vars: ["MY_SLEEP=1"] }, undefined, {
      signal: controller.signal,
      narrator: {
        emit: (event) => event.type === "output" && event.text === "sleeping" && controller.abort(new Cancelled()),
        say: () => undefined,
        message: () => undefined,
        warn: () => undefined,
        secret: () => undefined,
        secrets: redactor(),
      },
    });
    await expect(ran).rejects.toThrow(Cancelled);
  });
});

describe("bad options", () => {
  test.each<[string, object, string]>([
    ["a missing playbook", { playbook_file: "nope.yml" }, '"playbook_file" is invalid: "nope.yml": no such file'],
    ["a file for a directory", { inventory_directory: "site.yml" }, "it must be a directory"],
    ["an invalid port", { local_port: 70_000 }, '"local_port" must be a valid port, not 70000'],
    ["no key", { ssh_host_key_file: "site.yml" }, '"ssh_host_key_file" is invalid: no private key found in "site.yml"'],
    ["another kind of key", { ansible_proxy_key_type: "DSA" }, 'not "DSA"'],
    ["missing Ansible", { command: "no-such-ansible" }, '"no-such-ansible" is not installed on this host'],
  ])("%s", (_name, options, message) => {
    const given = { playbook_file: "site.yml", command: at("bin/ansible-playbook"), ...options };
    const { diagnostics } = decode(ansibleOptions, given, at("here"));
    expect(diagnostics.map((each) => each.summary).join("\n")).toContain(message);
  });

  test("skip_version_check does not check for Ansible", () => {
    const given = { playbook_file: "site.yml", command: "no-such-ansible", skip_version_check: true };
    expect(decode(ansibleOptions, given, at("here")).diagnostics).toEqual([]);
  });
});

test.each<[readonly string[], string]>([
  [["-o IdentitiesOnly=yes"], "-o IdentitiesOnly=yes"],
  [["-o A=b", "-o C=d"], "-o A=b -o C=d"],
  [["-o A=b -o C=d", "-v"], "-o A=b -o C=d -v"],
  [["-o ProxyCommand=ssh -W %h:%p b"], "-o 'ProxyCommand=ssh -W %h:%p b'"],
  [["-o", "A=b"], "-o A=b"],
])("options of ssh %j as one text", (options, text) => {
  expect(sshArguments(options)).toBe(text);
});

test.each<[string, readonly string[]]>([
  ["db_password=x y=z", ["x"]],
  ["a=b MySecret='two words'", ["two words"]],
  ["--vault-password-file=vault.txt", []],
  ["a=b", []],
])("secrets in the argument %j", (argument, values) => {
  expect(secretValues([argument])).toEqual(values);
});
