import { parseRegion } from "../../core/request-values.js";
import { WINDOWS_MODES } from "../../core/settings.js";
import { flag, parsed, text } from "../../options/fields.js";
import { lines } from "../../options/separated-lists.js";
import { BAKING, type RequestTable } from "./entry.js";
import { anyText, boolean, count, word } from "./fields.js";

/** Reports of a bake, and how they are printed. */
export const REPORT = {
  comment: {
    group: "report",
    field: word(["auto", "always", "never"], {
      doc: "When to write a pull-request comment with the AMIs - auto (on the pull request of the event, also of issue_comment, merge_group and workflow_run), always (also on the pull request of a pushed commit) or never. The job needs permissions pull-requests: write.",
      default: "auto",
    }),
    input: {
      name: "comment",
      actions: ["bake", "plan", "rehearse"],
      differs: {
        plan: {
          doc: "When to write a pull-request comment with the plan - auto (on the pull request of the event, also of issue_comment, merge_group and workflow_run), always (also on the pull request of a pushed commit) or never. The job needs permissions pull-requests: write.",
        },
      },
    },
  },
  commentKey: {
    group: "report",
    field: text({
      doc: "Key that distinguishes the comments of one workflow job. Each workflow, job, template, image, `only` and key has its own comment. Defaults to the values of the job's matrix, so that each job of a matrix has its own comment.",
      default: "",
    }),
    input: { name: "comment-key", actions: ["bake", "plan", "rehearse"], default: "${{ toJSON(matrix) }}" },
  },
  githubToken: {
    group: "report",
    field: text({ doc: "GitHub token that is used to write the comment." }),
    input: { name: "github-token", actions: ["bake", "plan", "rehearse"], default: "${{ github.token }}" },
  },
  color: {
    group: "report",
    field: flag({
      doc: "Color the output, also if it is not a terminal. -color=false, NO_COLOR and PACKER_NO_COLOR turn colors off. By default, output is colored on a terminal.",
    }),
    flag: { name: "color", commands: [...BAKING, "inspect", "validate"] },
  },
  timestamps: {
    group: "report",
    field: boolean("Prefix each line of output with a timestamp."),
    flag: { name: "timestamp-ui", commands: ["build"] },
  },
  packageDirectory: {
    group: "report",
    field: text({
      doc: "Directory for the package list and the software bill of materials (CycloneDX) of each image.",
    }),
    flag: { name: "sbom", commands: ["build"], value: "DIR" },
  },
  testResultsFile: {
    group: "report",
    field: text({
      doc: "File to write the results of the image tests to, as JUnit XML, also if tests failed.",
    }),
    flag: { name: "test-results", commands: ["build"], value: "FILE" },
  },
  summaryFile: {
    group: "report",
    field: text({ doc: "File to write the summary to, as Markdown." }),
    flag: { name: "summary", commands: ["build"], value: "FILE" },
  },
  commentFile: {
    group: "report",
    field: text({ doc: "File to write the pull-request comment to, as Markdown." }),
    flag: { name: "comment", commands: ["build"], value: "FILE" },
  },
  ledgerFile: {
    group: "report",
    field: text({
      doc: "File for the record of created resources, which bake-ami cleanup reads. Defaults to a file in the user's state directory.",
    }),
    flag: { name: "ledger", commands: ["build"], value: "FILE" },
  },
} as const satisfies RequestTable;

/** The local cloud. */
export const LOCAL = {
  local: {
    group: "local",
    field: boolean(
      "Use the local cloud on this host instead of AWS: sandboxes, and a local EC2 and Parameter Store. Needs no AWS account.",
    ),
    input: {
      name: "local",
      actions: ["plan"],
      doc: "Compare with the local cloud of the job, which the rehearse action uses, instead of an AWS account. Needs no credentials.",
    },
    flag: { name: "local", commands: ["build", "plan"] },
  },
  localState: {
    group: "local",
    field: text({
      doc: "Directory for the images and parameters of the local cloud. Defaults to a directory in the user's cache.",
    }),
    flag: { name: "local-state", commands: ["build", "plan", "local"], value: "DIR" },
  },
  localWindows: {
    group: "local",
    field: word(WINDOWS_MODES, {
      doc: "What happens to Windows builds, which the local cloud cannot run - refuse, or record: a stand-in for WinRM records each command and file and runs nothing.",
      default: "refuse",
    }),
    input: { name: "local-windows", actions: ["rehearse"] },
    flag: { name: "local-windows", commands: ["build", "plan", "local"], value: WINDOWS_MODES.join("|") },
  },
  localPolicy: {
    group: "local",
    field: text({
      doc: "File with an IAM policy (JSON) for the calls to the local cloud, as bake-ami policy prints it. A call that it does not allow is denied as AWS denies it. Without a file, every call is allowed.",
    }),
    input: { name: "local-policy", actions: ["rehearse"] },
    flag: { name: "local-policy", commands: ["build", "local"], value: "FILE" },
  },
  port: {
    group: "local",
    field: count(0, { doc: "serve: port of the endpoint. Defaults to a free port." }),
    flag: { name: "port", commands: ["local"], value: "N" },
  },
  noInstances: {
    group: "local",
    field: boolean("serve: provide only the APIs. Instances do not run."),
    flag: { name: "no-instances", commands: ["local"] },
  },
  user: {
    group: "local",
    field: text({ doc: "shell: user to log in as.", default: "ubuntu" }),
    flag: { name: "user", commands: ["local"], value: "NAME" },
  },
} as const satisfies RequestTable;

/** The words of `-access` of a shell. */
const SHELL_ACCESS = ["auto", "address", "instance-connect-endpoint", "session-manager"] as const;

/** A shell in an instance. */
export const SHELL = {
  shellRegion: {
    group: "command",
    field: parsed("Region", parseRegion, {
      doc: "Region of the instance. Defaults to AWS_REGION or the Region of the profile.",
    }),
    flag: { name: "region", commands: ["shell"], value: "REGION" },
  },
  shellAccess: {
    group: "command",
    field: word(SHELL_ACCESS, {
      doc: "How to connect - auto (as the bake did, by what the security groups of the instance admit), address (the public address, else the private one), instance-connect-endpoint or session-manager.",
      default: "auto",
    }),
    flag: { name: "access", commands: ["shell"], value: SHELL_ACCESS.join("|") },
  },
  shellUser: {
    group: "command",
    field: text({
      doc: "User to log in as: ssh_username of the template. Defaults to the usual user of the source AMI (ubuntu, ec2-user, admin, ...).",
    }),
    flag: { name: "ssh-username", commands: ["shell"], value: "NAME" },
  },
  shellKey: {
    group: "command",
    field: text({
      doc: "File with a private key that the instance accepts. By default, EC2 Instance Connect sends a new key to the instance, which must have the package ec2-instance-connect (Amazon Linux and Ubuntu have it).",
    }),
    flag: { name: "ssh-private-key-file", commands: ["shell"], value: "FILE" },
  },
  shellPort: {
    group: "command",
    field: count(1, { doc: "Port of the SSH server on the instance.", default: 22 }),
    flag: { name: "ssh-port", commands: ["shell"], value: "N" },
  },
} as const satisfies RequestTable;

/** Entries of one action or one command. */
export const SINGLE_USE = {
  matrixPaths: {
    group: "command",
    field: lines(anyText, {
      doc: "Directories and templates, one per line. In a directory, an HCL2 file that refers to no other file is one template. The files that refer to each other (variables, locals, sources, data sources) are one template together. Each JSON file with builders is one template. Subdirectories are searched. Templates without builds are skipped.",
    }),
    input: { name: "path", actions: ["matrix"], default: "." },
  },
  exclude: {
    group: "command",
    field: lines(anyText, { doc: "Glob of paths or file names to exclude. Can be repeated." }),
    input: { name: "exclude", actions: ["matrix"], doc: "Globs of paths or file names to exclude, one per line." },
    flag: { name: "exclude", commands: ["matrix"], value: "GLOB" },
  },
  perBuild: {
    group: "command",
    field: boolean("Create one job per build instead of one per template."),
    input: { name: "per-build", actions: ["matrix"] },
    flag: { name: "per-build", commands: ["matrix"] },
  },
  detailedExitcode: {
    group: "command",
    field: boolean(
      "Exit with the code 2 if the bake would create, change or remove anything, or if that is not known. Without this flag, the exit code is then 0.",
    ),
    flag: { name: "detailed-exitcode", commands: ["plan"] },
  },
  json: {
    group: "command",
    field: boolean("Print the plan as one JSON document. Its fields are in docs/plan.md."),
    flag: { name: "json", commands: ["plan"] },
  },
  cleanupDryRun: {
    group: "command",
    field: boolean("Only report what would be released."),
    flag: { name: "dry-run", commands: ["cleanup"] },
  },
  check: {
    group: "command",
    field: boolean("Check the format and change nothing. The exit code is 3 if a file is not formatted."),
    flag: { name: "check", commands: ["fmt"] },
  },
  validateFixed: {
    group: "command",
    field: flag({
      doc: "Check the sections of the fixed template, but not its options. -validate=false only prints it.",
      default: true,
    }),
    flag: { name: "validate", commands: ["fix"] },
  },
  diff: {
    group: "command",
    field: boolean("Print the changes as a diff."),
    flag: { name: "diff", commands: ["fmt"] },
  },
  write: {
    group: "command",
    field: flag({ doc: "Write the formatted files. -write=false only lists them.", default: true }),
    flag: { name: "write", commands: ["fmt"] },
  },
  recursive: {
    group: "command",
    field: boolean("Also format the files in subdirectories."),
    flag: { name: "recursive", commands: ["fmt"] },
  },
  outputFile: {
    group: "command",
    field: text({ doc: "File to write the HCL2 template to. Defaults to TEMPLATE.pkr.hcl. - is standard output." }),
    flag: { name: "output-file", commands: ["hcl2_upgrade"], value: "FILE" },
  },
  versionCount: {
    group: "command",
    field: count(1, { doc: "Number of versions to show per Region.", default: 10 }),
    flag: { name: "most", commands: ["history"], value: "N" },
  },
} as const satisfies RequestTable;
