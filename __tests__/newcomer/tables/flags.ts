import type { Mistake } from "../play.js";
import { fileTemplate, hclTemplate, template } from "../templates.js";

const GOOD = { "web.json": fileTemplate() };

const SSH = { communicator: null, ssh_username: "ubuntu" };

/** Mistakes on the command line. */
export const FLAGS: readonly Mistake[] = [
  {
    mistake: "misspells a command",
    does: ["biuld", "web.json"],
    reads: ["Unknown command: biuld (did you mean build?)"],
  },
  {
    mistake: "names no template",
    does: ["build"],
    reads: [
      "Usage: bake-ami build [options] TEMPLATE",
      "A template is required: a file, a directory, or - for standard input",
    ],
  },
  {
    mistake: "misspells a flag",
    files: GOOD,
    does: ["build", "-regoins=us-east-1", "web.json"],
    reads: ["flag provided but not defined: -regoins (did you mean -regions?)"],
  },
  {
    mistake: "writes an input as a flag",
    files: GOOD,
    does: ["build", "-variables=a=b", "web.json"],
    reads: ["flag provided but not defined: -variables (did you mean -var?)"],
  },
  {
    mistake: "forgets the value of the last flag",
    files: GOOD,
    does: ["build", "web.json", "-only"],
    reads: ['Flag "-only" needs a value: -only=A,B'],
  },
  {
    mistake: "gives a boolean a word",
    files: GOOD,
    does: ["build", "-force=yes", "web.json"],
    reads: ['Flag "-force" must be true or false, not "yes"'],
  },
  {
    mistake: "puts a space before a boolean's value",
    files: GOOD,
    does: ["build", "-force", "true", "web.json"],
    reads: [
      "Usage: bake-ami build [options] TEMPLATE",
      'Too many arguments: "true", "web.json"; at most 1 is allowed. Write the value of a flag as -flag=true',
    ],
  },
  {
    mistake: "names two templates",
    files: GOOD,
    does: ["build", "web.json", "db.json"],
    reads: [
      "Usage: bake-ami build [options] TEMPLATE",
      'Too many arguments: "web.json", "db.json"; at most 1 is allowed',
    ],
  },
  {
    mistake: "writes a typographic dash",
    files: GOOD,
    does: ["build", "–force", "web.json"],
    reads: ['"–force" begins with a typographic dash: write -force'],
  },
  {
    mistake: "names no Region by its form",
    files: GOOD,
    does: ["build", "-region=useast1", "web.json"],
    reads: ['Error: Flag "-region" is not a valid Region name: "useast1"', '  Hint: Use a name such as "eu-west-1".'],
  },
  {
    mistake: "misspells a test",
    files: { "web.json": template(SSH), "tests/web.sh": "echo" },
    does: ["build", "-test=tests/wbe.sh", "web.json"],
    reads: [
      'Error: Flag "-test" names a path that does not exist: "tests/wbe.sh"',
      '  Hint: Did you mean "tests/web.sh"?',
    ],
  },
  {
    mistake: "tests with a comma-separated list",
    files: { "web.json": template(SSH), "a.sh": "", "b.sh": "" },
    does: ["validate", "-test=a.sh,b.sh", "web.json"],
    reads: [
      'Error: Flag "-test" names a path that does not exist: "a.sh,b.sh"',
      "  Hint: Write each test on a line or in a flag of its own.",
    ],
  },
  {
    mistake: "names a Region that does not exist",
    files: { "web.json": template({ region: null }) },
    does: ["build", "-region=eu-wset-1", "web.json"],
    reads: [
      '==> amazon-ebs: Error: Flag "-region" is a Region that does not exist: "eu-wset-1"',
      "==> amazon-ebs:   at web.json:3:3",
      '==> amazon-ebs:   Hint: Did you mean "eu-west-1"?',
    ],
  },
  {
    mistake: "copies to a Region that does not exist",
    files: { "web.json": template() },
    does: ["build", "-regions=eu-wset-1", "web.json"],
    reads: [
      '==> amazon-ebs: Error: Flag "-regions" contains a Region that does not exist: "eu-wset-1"',
      "==> amazon-ebs:   at web.json:3:3",
      '==> amazon-ebs:   Hint: Did you mean "eu-west-1"?',
    ],
  },
  {
    mistake: "misspells on-error",
    files: GOOD,
    does: ["build", "-on-error=clean", "web.json"],
    reads: ['Error: Flag "-on-error" must be one of "cleanup", "abort", "ask", "run-cleanup-provisioner", not "clean"'],
  },
  {
    mistake: "misspells the template",
    does: ["validate", "web.json"],
    reads: [
      'Error: Could not read "web.json": no such file or directory',
      "  Hint: Check the path. Relative paths start from the working directory.",
    ],
  },
  {
    mistake: "formats a file that does not exist",
    does: ["fmt", "web.pkr.hcl"],
    reads: [
      'Error: Could not read "web.pkr.hcl": no such file or directory',
      '  Hint: Check the path. Relative paths start from "DIR".',
    ],
  },
  {
    mistake: "formats JSON",
    files: GOOD,
    does: ["fmt", "web.json"],
    reads: [
      'Error: "web.json" is a JSON file',
      "  Hint: fmt formats .pkr.hcl and .pkrvars.hcl files. To convert the template, run: bake-ami hcl2_upgrade web.json",
    ],
  },
  {
    mistake: "upgrades an HCL2 template",
    files: { "web.pkr.hcl": hclTemplate() },
    does: ["hcl2_upgrade", "web.pkr.hcl"],
    reads: ['"web.pkr.hcl" is already an HCL2 template: hcl2_upgrade needs a JSON template'],
  },
  {
    mistake: "upgrades a file that does not exist",
    does: ["hcl2_upgrade", "web.json"],
    reads: [
      'Error: Could not read "web.json": no such file or directory',
      '  Hint: Check the path. Relative paths start from "DIR".',
    ],
  },
  {
    mistake: "writes an upgrade into a directory that does not exist",
    files: GOOD,
    does: ["hcl2_upgrade", "-output-file=out/web.pkr.hcl", "web.json"],
    reads: [
      'Error: Could not write "out/web.pkr.hcl": no such file or directory',
      '  Hint: Check the path. Relative paths start from "DIR".',
    ],
  },
  {
    mistake: "inspects a directory without templates",
    files: { "images/README.md": "" },
    does: ["inspect", "images"],
    reads: [
      'Error: Could not find any config file in "images"',
      '  The name of a config file must end with ".pkr.hcl" or ".pkr.json".',
      "  Hint: Set the path of a template, or of a directory with templates.",
    ],
  },
  {
    mistake: "cleans up without a ledger",
    env: { XDG_STATE_HOME: "/nowhere" },
    does: ["cleanup"],
    reads: ["Nothing to remove: no ledgers in /nowhere/bake-ami/ledgers."],
  },
  {
    mistake: "cleans up a ledger that does not exist",
    does: ["cleanup", "ledger.jsonl"],
    reads: ['Error: Could not read "DIR/ledger.jsonl": no such file or directory', "  Hint: Check the path."],
  },
  {
    mistake: "cleans up a file that is no ledger",
    files: GOOD,
    does: ["cleanup", "web.json"],
    reads: [
      'Error: "DIR/web.json" is not a ledger of bake-ami',
      "  Hint: Set the path of a file that -ledger=FILE wrote. The file was not changed.",
    ],
  },
  {
    mistake: "promotes without an artifact",
    does: ["promote", "-regions=us-east-1", "/images/web/latest"],
    reads: ["Usage: bake-ami promote [options] PARAMETER ARTIFACT", "A parameter and an artifact are required"],
  },
  {
    mistake: "promotes a snapshot",
    does: ["promote", "/images/web/latest", "snap-0abc12345"],
    reads: [
      'Error: Argument ARTIFACT is not an AMI ID, a parameter or a fingerprint: "snap-0abc12345"',
      '  Hint: Use an AMI ID, IDs by Region ("us-east-1:ami-1,eu-west-1:ami-2", or the JSON of the output "ami-ids"), a parameter ("/images/web/latest", optionally with ":label" or ":version"; "parameter:NAME" for a name without a slash), or "fingerprint:HASH".',
    ],
  },
  {
    mistake: "prunes without a number",
    does: ["prune"],
    reads: ['Flag "-keep" or "-keep-days" is required. Set -keep=5 (the newest 5), -keep-days=30, or both.'],
  },
  {
    mistake: "prunes a number that is none",
    does: ["prune", "-keep=all"],
    reads: ['Error: Flag "-keep" must be a whole number of at least 1, not "all"'],
  },
  {
    mistake: "asks for the history of no parameter",
    does: ["history"],
    reads: ["Usage: bake-ami history [options] PARAMETER", "A parameter is required"],
  },
  {
    mistake: "sweeps a Region that does not exist",
    does: ["sweep", "-regions=us-east-9"],
    reads: [
      'Error: Flag "-regions" contains a Region that does not exist: "us-east-9"',
      '  Hint: Did you mean "us-east-1"?',
    ],
  },
];
