import type { Mistake } from "../play.js";
import { fileTemplate, script, web } from "../templates.js";

/** Mistakes with scripts, files and playbooks. */
export const PROVISIONERS: readonly Mistake[] = [
  {
    mistake: "writes a script's path relative to the template",
    files: { "images/web.json": script({ script: "setup.sh" }), "images/setup.sh": "#!/bin/sh\n" },
    does: { template: "images/web.json" },
    reads: [
      "error: Bad script 'setup.sh': no such file or directory",
      "  at images/web.json:5:14",
      '  Hint: Write "images/setup.sh": relative paths start from the working directory, not from the template\'s directory.',
      'error: One of "ssh_agent_auth", "ssh_password" and "ssh_private_key_file" must be specified',
      "  at images/web.json:9:3",
    ],
  },
  {
    mistake: "names a script that does not exist",
    ...web(script({ script: "setup.sh" })),
    reads: [
      "error: Bad script 'setup.sh': no such file or directory",
      "  at web.json:5:14",
      "  Hint: Check the path. Relative paths start from the working directory, not from the template's directory.",
      'error: One of "ssh_agent_auth", "ssh_password" and "ssh_private_key_file" must be specified',
      "  at web.json:9:3",
    ],
  },
  {
    mistake: "names a directory as a script",
    files: { "web.json": script({ script: "scripts" }), "scripts/a.sh": "" },
    does: { template: "web.json" },
    reads: [
      "error: Bad script 'scripts': it is a directory",
      "  at web.json:5:14",
      '  Hint: Set the path of one script. Each script of a directory needs an entry in "scripts".',
      'error: One of "ssh_agent_auth", "ssh_password" and "ssh_private_key_file" must be specified',
      "  at web.json:9:3",
    ],
  },
  {
    mistake: "saves a script with Windows line ends",
    files: { "web.json": script({ script: "setup.sh" }), "setup.sh": "#!/bin/sh\r\ntrue\r\n" },
    does: { template: "web.json" },
    reads: [
      'error: One of "ssh_agent_auth", "ssh_password" and "ssh_private_key_file" must be specified',
      "  at web.json:9:3",
    ],
  },
  {
    mistake: "uploads a file that does not exist",
    ...web(fileTemplate({ provisioners: [{ type: "file", source: "app.tar", destination: "/tmp/" }] })),
    reads: [
      "error: Bad source 'app.tar': no such file or directory",
      "  at web.json:5:14",
      '  Hint: Check the path. Relative paths start from the working directory, not from the template\'s directory. If the file is created during the run, set "generated" to true.',
    ],
  },
  {
    mistake: "gives a shell provisioner nothing to run",
    ...web(script({})),
    reads: [
      "error: Either a script file or an inline script must be specified",
      "  at web.json:3:3",
      '  Hint: Add "inline" or "script".',
      'error: One of "ssh_agent_auth", "ssh_password" and "ssh_private_key_file" must be specified',
      "  at web.json:8:3",
    ],
  },
  {
    mistake: "gives a shell provisioner two things to run",
    ...web(script({ script: "a.sh", inline: "true" })),
    reads: [
      "error: Bad script 'a.sh': no such file or directory",
      "  at web.json:5:14",
      "  Hint: Check the path. Relative paths start from the working directory, not from the template's directory.",
      'error: Only one of "script" and "inline" can be specified',
      "  at web.json:6:14",
      'error: One of "ssh_agent_auth", "ssh_password" and "ssh_private_key_file" must be specified',
      "  at web.json:10:3",
    ],
  },
  {
    mistake: "has no ansible-playbook",
    files: {
      "web.json": fileTemplate({ provisioners: [{ type: "ansible", playbook_file: "site.yml" }] }),
      "site.yml": "[]",
    },
    env: { PATH: "/nowhere" },
    does: { template: "web.json" },
    reads: [
      'error: "ansible-playbook" is not installed on this host',
      "  at web.json:3:3",
      '  Hint: Install it on this host, for example with "pipx install ansible-core", or set "command" to the program. If it is installed during the build, set "skip_version_check".',
    ],
  },
  {
    mistake: "names a playbook that does not exist",
    ...web(fileTemplate({ provisioners: [{ type: "ansible", playbook_file: "site.yml" }] })),
    reads: [
      'error: "playbook_file" is invalid: "site.yml": no such file or directory',
      "  at web.json:5:21",
      "  Hint: Check the path. Relative paths start from the working directory, not from the template's directory.",
    ],
  },
  {
    mistake: "runs a local script that is not executable",
    files: {
      "web.json": fileTemplate({
        provisioners: [{ type: "shell-local", script: "local.sh", execute_command: ["./local.sh"] }],
      }),
      "local.sh": "#!/bin/sh\ntrue\n",
    },
    does: { template: "web.json" },
    reads: [
      "error: local.sh: Script exited with non-zero exit status: 126. Allowed exit codes are: [0]",
      "  at web.json:3:3",
      "  Last lines of output:",
      "  sh: 1: ./local.sh: Permission denied",
      '  Hint: Make the script executable with chmod +x, or set its shell in "execute_command".',
    ],
  },
];
