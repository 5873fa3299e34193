import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { describeWithEngine, docker, engineScope } from "../docker/real-engine.js";
import { standIn, writeFiles } from "../provisioners/recording.js";
import { describeWith } from "../provisioners/tools.js";
import { describe as describeWithOpenSsh } from "../ssh/openssh.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("docker-provisioners");

/** Debian with Python, Puppet and sudo: `conformance/engine.sh debian` makes it. */
const DEBIAN = process.env.BAKE_AMI_DEBIAN_IMAGE;

/** Tests of what runs in Debian; without the image they are skipped, which is told, or fail like the tests without an engine. */
const describeDebian = DEBIAN === undefined ? describe.skip : describe;
if (DEBIAN === undefined) {
  const why = "BAKE_AMI_DEBIAN_IMAGE names no image (conformance/engine.sh debian makes one)";
  if (process.env.BAKE_AMI_REQUIRE_DOCKER === "1") throw new Error(why);
  process.stderr.write(`\nSKIPPED: provisioners in a container of Debian: ${why}\n`);
}

describeWithEngine("provisioners in a container", () => {
  const scope = engineScope();

  /** Bakes an image with the provisioners in a folder of files; answers its name and what was told. */
  const bake = async (
    name: string,
    image: string,
    files: Readonly<Record<string, string>>,
    provisioners: object[],
    more: object = {},
  ) => {
    const cwd = join(folder(), name);
    mkdirSync(cwd);
    writeFiles(cwd, files);
    const repository = scope.name(name);
    // Not in the root, where `docker cp` starts.
    const run_command = ["-d", "-i", "-t", "-w", "/var", "--entrypoint=/bin/sh", "--", "{{.Image}}"];
    const template = {
      builders: [{ type: "docker", image, pull: false, commit: true, run_command, ...more }],
      provisioners,
      "post-processors": [{ type: "docker-tag", repository }],
    };
    writeFileSync(join(cwd, "web.json"), JSON.stringify(template));
    const env = {
      XDG_STATE_HOME: folder(),
      ...(process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {}),
    };
    const ran = await runReally(["build", "-color=false", "web.json"], { cwd, env });
    if (ran.code !== 0) throw new Error(`${ran.out}\n${ran.err}`);
    return { ...ran, image: `${repository}:latest` };
  };
  const inside = (image: string, command: string) =>
    docker("run", "--rm", "--network=none", "--entrypoint=/bin/sh", image, "-c", command);

  describeDebian("of Debian", () => {
    describeWith("ansible-playbook", "apt-get install ansible-core")("Ansible", () => {
      test.each<[string, object]>([
        ["through the proxy", {}],
        ["through the proxy all the same when it is not wanted: a container has no SSH server", { use_proxy: false }],
      ])(
        "%s",
        async (_name, options) => {
          const files = {
            "site.yml": `
- hosts: web
  tasks:
    - template: { src: motd.j2, dest: /etc/motd, mode: "0640" }
    - user: { name: baker, uid: 4711, shell: /bin/sh }
    - command: cat /etc/motd
      register: motd
    - debug: { var: motd.stdout }
`,
            "templates/motd.j2":
              "{{ ansible_distribution }} {{ packer_build_name }} {{ packer_builder_type }} {{ word }}\n",
            "inventory/group_vars/web.yml": "word: from-group-vars\n",
          };
          const ansible = {
            type: "ansible",
            playbook_file: "site.yml",
            groups: ["web"],
            inventory_directory: "inventory",
          };
          const name = `ansible-${Object.keys(options).length}`;
          const { image, out } = await bake(name, DEBIAN ?? "", files, [{ ...ansible, ...options }]);
          expect(inside(image, "cat /etc/motd; stat -c '%a %U' /etc/motd; id -u baker")).toBe(
            "Debian docker docker from-group-vars\n640 root\n4711",
          );
          expect(out).toContain('"motd.stdout": "Debian docker docker from-group-vars"');
          expect(out.includes("Ansible uses the proxy")).toBe("use_proxy" in options);
        },
        120_000,
      );
    });

    describeWith("ansible-playbook", "apt-get install ansible-core")("with an SSH server in it", () => {
      test("scripts and Ansible reach it by its address", async () => {
        const files = {
          "site.yml": "- hosts: all\n  tasks:\n    - copy: { content: '{{ ansible_user }}', dest: /by-ansible }\n",
        };
        const start = "mkdir -p /run/sshd && exec /usr/sbin/sshd -D";
        const key = join(folder(), "key");
        execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
        const authorize = `mkdir -p /root/.ssh && echo '${readFileSync(`${key}.pub`, "utf8").trim()}' >/root/.ssh/authorized_keys`;
        const run_command = ["-d", "--entrypoint=/bin/sh", "--", "{{.Image}}", "-c", `${authorize} && ${start}`];
        const ssh = { communicator: "ssh", ssh_username: "root", ssh_private_key_file: key, run_command };
        const { image, out } = await bake(
          "ssh",
          DEBIAN ?? "",
          files,
          [
            { type: "shell", inline: ["echo $SSH_CONNECTION >/by-ssh"] },
            { type: "ansible", playbook_file: "site.yml", use_proxy: false },
          ],
          ssh,
        );
        expect(out).toContain("Not using Proxy adapter for Ansible run");
        expect(inside(image, "cat /by-ssh")).toMatch(/^[0-9.]+ \d+ [0-9.]+ 22$/);
        expect(inside(image, "cat /by-ansible")).toBe("root");
      }, 120_000);
    });

    test("Puppet applies a manifest with a module and facts", async () => {
      const files = {
        "site.pp": "include web\n",
        "modules/web/manifests/init.pp": `class web {
  user { 'baker': uid => 4711 }
  -> file { '/etc/motd': content => "\${facts['os']['name']} \${facts['packer_builder_type']} \${facts['fruit']}\\n", owner => 'baker' }
}
`,
      };
      const puppet = {
        type: "puppet-masterless",
        manifest_file: "site.pp",
        module_paths: ["modules"],
        facter: { fruit: "it's an apple" },
        clean_staging_directory: true,
      };
      const { image, out } = await bake("puppet", DEBIAN ?? "", files, [puppet]);
      expect(inside(image, "cat /etc/motd; stat -c '%U %u' /etc/motd; ls /tmp")).toBe(
        "Debian docker it's an apple\nbaker 4711",
      );
      expect(out).toContain("Running Puppet: cd /tmp/packer-puppet-masterless && FACTER_fruit=");
    }, 120_000);
  });

  describe("of BusyBox, with stand-ins that record how they are called", () => {
    const programs = (...names: readonly string[]) =>
      Object.fromEntries(names.map((name) => [`programs/${name}`, standIn(name, "/calls")]));
    const install = [
      { type: "shell", inline: ["mkdir -p /usr/local"] },
      { type: "file", source: "programs", destination: "/usr/local/bin" },
      { type: "shell", inline: ["chmod 755 /usr/local/bin/*"] },
    ];
    const lines = (image: string, command: string) => inside(image, command).split("\n");

    test("Chef", async () => {
      const files = { ...programs("sudo", "chef-solo"), "cookbooks/web/recipes/default.rb": "package 'nginx'\n" };
      const chef = { type: "chef-solo", skip_install: true, cookbook_paths: ["cookbooks"], run_list: ["recipe[web]"] };
      const { image } = await bake("chef", scope.base, files, [...install, chef]);
      const staging = "/tmp/packer-chef-solo";
      expect(lines(image, "cat /calls")).toEqual([
        ...["", "/cookbooks-0"].flatMap((name) => [
          `sudo [mkdir] [-p] [${staging}${name}]`,
          `sudo [chmod] [0777] [${staging}${name}]`,
        ]),
        `sudo [chef-solo] [--no-color] [-c] [${staging}/solo.rb] [-j] [${staging}/node.json]`,
        `chef-solo [--no-color] [-c] [${staging}/solo.rb] [-j] [${staging}/node.json]`,
      ]);
      expect(lines(image, `cd ${staging} && cat solo.rb node.json cookbooks-0/web/recipes/default.rb`)).toEqual([
        `cookbook_path ["${staging}/cookbooks-0"]`,
        "{",
        '  "run_list": [',
        '    "recipe[web]"',
        "  ]",
        "}package 'nginx'",
      ]);
    });

    test("Salt", async () => {
      const files = {
        ...programs("sudo", "salt-call"),
        "states/top.sls": "base: {}\n",
        "pillar/top.sls": "base: {p: []}\n",
        minion: "id: web\n",
      };
      const salt = { type: "salt-masterless", skip_bootstrap: true, local_state_tree: "states" };
      const trees = { ...salt, local_pillar_roots: "pillar" };
      const minion = { ...salt, minion_config: "minion", disable_sudo: true };
      const { image } = await bake("salt", scope.base, files, [...install, trees, minion]);
      expect(
        lines(image, "grep ^salt-call /calls; cat /srv/salt/top.sls /srv/pillar/top.sls /etc/salt/minion; ls /var"),
      ).toEqual([
        "salt-call [--local] [state.highstate] [--file-root=/srv/salt] [--pillar-root=/srv/pillar] [--retcode-passthrough] [-l] [info]",
        "salt-call [--local] [state.highstate] [--retcode-passthrough] [-l] [info]",
        "base: {}",
        "base: {p: []}",
        "id: web",
      ]);
    });

    describeWithOpenSsh("on this machine", () => {
      test("InSpec", async () => {
        const login =
          'ssh -F none -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR -i "${10}" -p "${12}" "$8@$6"';
        const command = join(folder(), "stand-in");
        const text = `#!/bin/sh\n[ "$1" = exec ] || exit 0\n${login} 'echo "in $(pwd)" | tee /tmp/inspected'\n`;
        writeFileSync(command, text, { mode: 0o755 });
        const inspec = { type: "inspec", profile: "profile", command };
        const { image, out } = await bake("inspec", scope.base, {}, [inspec]);
        expect(out).toContain("docker: in /var");
        expect(inside(image, "cat /tmp/inspected")).toBe("in /var");
      });
    });
  });
});
