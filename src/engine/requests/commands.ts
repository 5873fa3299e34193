import { flag, text } from "../../options/fields.js";
import { lines } from "../../options/separated-lists.js";
import type { RequestTable } from "./entry.js";
import { anyText, boolean, count, word } from "./fields.js";

/** What is written where about a bake. */
export const REPORT = {
  comment: {
    group: "report",
    field: word(["auto", "always", "never"], {
      doc: "Pull-request comment with the AMIs - auto (on the event's pull request), always (also on the pull request of a pushed commit) or never. Needs permissions pull-requests: write.",
      default: "auto",
    }),
    input: { name: "comment", actions: ["bake", "rehearse"] },
  },
  commentKey: {
    group: "report",
    field: text({ doc: "Distinguishes the comments of one job, for example of the jobs of a matrix.", default: "" }),
    input: { name: "comment-key", actions: ["bake", "rehearse"] },
  },
  githubToken: {
    group: "report",
    field: text({ doc: "Token that writes the comment." }),
    input: { name: "github-token", actions: ["bake", "rehearse"], default: "${{ github.token }}" },
  },
  color: {
    group: "report",
    field: flag({
      doc: "Coloured output (default: on a terminal). -color colours without one too, -color=false turns it off, as NO_COLOR and PACKER_NO_COLOR do.",
    }),
    flag: { name: "color", commands: ["build", "inspect", "validate"] },
  },
  timestamps: {
    group: "report",
    field: boolean("The time before each line."),
    flag: { name: "timestamp-ui", commands: ["build"] },
  },
  packageDirectory: {
    group: "report",
    field: text({
      doc: "Write each image's package list and software bill of materials (CycloneDX) to a directory.",
    }),
    flag: { name: "sbom", commands: ["build"], value: "DIR" },
  },
  summaryFile: {
    group: "report",
    field: text({ doc: "Write the summary (Markdown) to a file." }),
    flag: { name: "summary", commands: ["build"], value: "FILE" },
  },
  commentFile: {
    group: "report",
    field: text({ doc: "Write the pull-request comment (Markdown) to a file." }),
    flag: { name: "comment", commands: ["build"], value: "FILE" },
  },
  ledgerFile: {
    group: "report",
    field: text({ doc: "Where the record of what is created is kept." }),
    flag: { name: "ledger", commands: ["build"], value: "FILE" },
  },
} as const satisfies RequestTable;

/** The cloud that a bake on this machine uses. */
export const LOCAL = {
  local: {
    group: "local",
    field: boolean("Bake on this machine: sandboxes and a local EC2 and SSM, no AWS account."),
    flag: { name: "local", commands: ["build"] },
  },
  localState: {
    group: "local",
    field: text({
      doc: "Where the local cloud keeps its images and parameters (default: in the user's cache).",
    }),
    flag: { name: "local-state", commands: ["build", "local"], value: "DIR" },
  },
  port: {
    group: "local",
    field: count(0, { doc: "serve: port of the endpoint (default: a free one)." }),
    flag: { name: "port", commands: ["local"], value: "N" },
  },
  noInstances: {
    group: "local",
    field: boolean("serve: the APIs alone, without machines behind the instances."),
    flag: { name: "no-instances", commands: ["local"] },
  },
  user: {
    group: "local",
    field: text({ doc: "shell: login user.", default: "ubuntu" }),
    flag: { name: "user", commands: ["local"], value: "NAME" },
  },
} as const satisfies RequestTable;

/** What one action or command alone takes. */
export const SINGLE_USE = {
  matrixPaths: {
    group: "command",
    field: lines(anyText, {
      doc: "Directories and templates, one a line. A directory with HCL2 files is one template (or, where they are none together, each of them), JSON files with builders are one each, directories within are searched. What has no build is left out.",
    }),
    input: { name: "path", actions: ["matrix"], default: "." },
  },
  exclude: {
    group: "command",
    field: lines(anyText, { doc: "Leave out paths or file names that match." }),
    input: { name: "exclude", actions: ["matrix"], doc: "Globs of paths or file names to leave out, one a line." },
    flag: { name: "exclude", commands: ["matrix"], value: "GLOB" },
  },
  perBuild: {
    group: "command",
    field: boolean("One job for each build instead of one for each template."),
    input: { name: "per-build", actions: ["matrix"] },
    flag: { name: "per-build", commands: ["matrix"] },
  },
  cleanupDryRun: {
    group: "command",
    field: boolean("Only report what would be released."),
    flag: { name: "dry-run", commands: ["cleanup"] },
  },
  check: {
    group: "command",
    field: boolean("Change nothing; exit code 3 when a file is not formatted."),
    flag: { name: "check", commands: ["fmt"] },
  },
  diff: {
    group: "command",
    field: boolean("Print what changes."),
    flag: { name: "diff", commands: ["fmt"] },
  },
  write: {
    group: "command",
    field: flag({ doc: "Write the files. -write=false only reports.", default: true }),
    flag: { name: "write", commands: ["fmt"] },
  },
  recursive: {
    group: "command",
    field: boolean("Also the directories within."),
    flag: { name: "recursive", commands: ["fmt"] },
  },
  outputFile: {
    group: "command",
    field: text({ doc: "Where to write (default: TEMPLATE.pkr.hcl); - is standard output." }),
    flag: { name: "output-file", commands: ["hcl2_upgrade"], value: "FILE" },
  },
  versionCount: {
    group: "command",
    field: count(1, { doc: "Versions a Region.", default: 10 }),
    flag: { name: "most", commands: ["history"], value: "N" },
  },
} as const satisfies RequestTable;
