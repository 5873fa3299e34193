import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect } from "@jest/globals";
import type { Communicator } from "../../../src/core/communicator.js";
import type { BakeEvent } from "../../../src/core/events.js";
import { ansibleOptions } from "../../../src/provisioners/ansible/options.js";
import { run } from "../../../src/provisioners/ansible/run.js";
import { test } from "../../ssh/openssh.js";
import { temporaryFolder } from "../../support/folder.js";
import { sshMachine } from "../machine.js";
import { messagesIn, optionsFor, outputOf, provisionerContext } from "../provision.js";
import { describeWith } from "../tools.js";

const folder = temporaryFolder("ansible");
const machine = sshMachine();
const at = (...names: string[]) => join(folder(), ...names);

/** A playbook that uploads a binary file, downloads it again, and writes its facts to a file. */
const PLAYBOOK = `
- hosts: all
  gather_facts: false
  tasks:
    - name: send
      copy: { src: big.bin, dest: "{{ to }}/big.bin", mode: "0640" }
    - name: fetch
      fetch: { src: "{{ to }}/big.bin", dest: "{{ back }}", flat: true }
    - name: facts
      copy:
        dest: "{{ to }}/facts"
        content: "{{ packer_build_name }} {{ packer_builder_type }} {{ inventory_hostname }} {{ group_names | join(',') }} {{ ansible_user }} {{ secret_word | default('none') }}"
    - name: standard input
      command: { cmd: cat, stdin: "to and fro" }
      register: cat
    - debug: { var: cat.stdout }
`;

beforeAll(() => {
  const files: Record<string, string | Buffer> = {
    "here/site.yml": PLAYBOOK,
    "here/facts.yml": PLAYBOOK.replace(/ {4}- name: send[\s\S]*?(?= {4}- name: facts)/, ""),
    "here/fails.yml": "- hosts: all\n  gather_facts: false\n  tasks:\n    - command: sh -c 'exit 7'\n",
    "here/files/big.bin": Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * index) % 251)),
    "here/inventory/group_vars/web.yml": "secret_word: from-group-vars\n",
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), content);
  }
});

let count = 0;

/** Runs the playbook; returns the directory on the machine, the events, and the downloaded file. */
async function play(options: object, communicator: Communicator = machine.communicator()) {
  count += 1;
  const to = at(`machine-${count}`);
  const back = at(`back-${count}`);
  mkdirSync(to);
  const context = provisionerContext(communicator, at("here"));
  const { extra_arguments: extra = [], ...rest } = { extra_arguments: [] as readonly string[], ...options };
  const given = {
    playbook_file: "site.yml",
    extra_arguments: ["-e", `to=${to}`, "-e", `back=${back}`, ...extra],
    ...rest,
  };
  await run(optionsFor(ansibleOptions, given, at("here")), context);
  return { to, back, events: context.events, left: leftOf(context.events) };
}

/** Returns the files with keys, known hosts and inventory of a run that still exist. */
function leftOf(events: readonly BakeEvent[]): readonly string[] {
  const command = messagesIn(events).find((text) => text.startsWith("Executing Ansible")) ?? "";
  const paths = [...command.matchAll(/UserKnownHostsFile=(\S+)|private_key_file=(\S+)| -i (\S+)/g)].map(
    ([, ...groups]) => groups.find((path) => path !== undefined) ?? "",
  );
  expect(paths).toHaveLength(3);
  return paths.filter((path) => existsSync(path));
}

/** A communicator like that of a container: other programs cannot connect. */
function withoutAddress(): Communicator {
  const whole = machine.communicator();
  return { ...whole, connection: () => undefined };
}

describeWith("ansible-playbook", "apt-get install ansible-core")("a playbook", () => {
  test.each<[string, object]>([
    ["through the proxy", {}],
    [
      "through the proxy, with one connection per task, files by SFTP",
      { ansible_env_vars: ["ANSIBLE_SSH_ARGS=-C"], use_sftp: true },
    ],
    [
      "through the proxy, with RSA keys, files by scp's old protocol",
      {
        ansible_proxy_key_type: "RSA",
        ansible_env_vars: ["ANSIBLE_SSH_TRANSFER_METHOD=scp"],
        extra_arguments: ["--scp-extra-args", "'-O'"],
      },
    ],
    ["straight to the machine, the files by SFTP", { use_proxy: false, use_sftp: true }],
  ])(
    "%s",
    async (_name, options) => {
      const { to, back, events, left } = await play(options);
      const sent = readFileSync(at("here/files/big.bin"));
      expect(readFileSync(join(to, "big.bin")).equals(sent)).toBe(true);
      expect(readFileSync(back).equals(sent)).toBe(true);
      expect(statSync(join(to, "big.bin")).mode & 0o777).toBe(0o640);
      expect(readFileSync(join(to, "facts"), "utf8")).toBe(
        `web amazon-ebs default ungrouped ${machine.sshd().user} none`,
      );
      expect(outputOf(events)).toContainEqual(expect.stringContaining('"cat.stdout": "to and fro"'));
      expect(outputOf(events).join("\n")).not.toMatch(/WARNING: REMOTE HOST|DEPRECATION/);
      expect(left).toEqual([]);
    },
    60_000,
  );

  test("uses the proxy for a machine without an address, even with use_proxy = false", async () => {
    const { to, events } = await play({ playbook_file: "facts.yml", use_proxy: false }, withoutAddress());
    expect(existsSync(join(to, "facts"))).toBe(true);
    expect(events).toContainEqual(
      expect.objectContaining({ diagnostic: expect.objectContaining({ code: "ansible-proxy" }) }),
    );
  }, 60_000);

  test("with groups, variables next to the inventory, and a secret that is masked before it is printed", async () => {
    const { to, events } = await play({
      playbook_file: "facts.yml",
      groups: ["web", "db"],
      empty_groups: ["none"],
      host_alias: "machine",
      inventory_directory: "inventory",
      extra_arguments: ["--extra-vars", "db_password=hunter2 other=1"],
    });
    expect(readFileSync(join(to, "facts"), "utf8")).toMatch(/ machine db,web .* from-group-vars$/);
    expect(readdirSync(at("here/inventory"))).toEqual(["group_vars"]);
    const shown = messagesIn(events).find((text) => text.startsWith("Executing Ansible"));
    expect(shown).toContain("db_password=***** other=1");
    expect(events.findIndex((event) => event.type === "secret" && event.value === "hunter2")).toBeLessThan(
      events.findIndex((event) => event.type === "say" && event.text === shown),
    );
  }, 60_000);

  test("that fails is reported with Ansible's exit status and last lines", async () => {
    await expect(play({ playbook_file: "fails.yml" })).rejects.toMatchObject({
      code: "ansible-failed",
      message: "ansible-playbook failed: exit status 2",
      detail: expect.stringContaining("failed=1"),
    });
  }, 60_000);

  test("rejects another server at the machine's address", async () => {
    const whole = machine.communicator();
    const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG7nDUnGOUKYx1oZyYVjH6pPbTiYXPYsuRPHBUP7l+5z";
    const details = whole.connection();
    const impostor: Communicator = { ...whole, connection: () => details && { ...details, hostKeys: [key] } };
    await expect(play({ playbook_file: "facts.yml", use_proxy: false }, impostor)).rejects.toMatchObject({
      code: "ansible-failed",
      message: "ansible-playbook failed: exit status 4",
      detail: expect.stringContaining("REMOTE HOST IDENTIFICATION HAS CHANGED"),
      hint: expect.stringContaining("SSH host key is not the one"),
    });
  }, 60_000);
});
