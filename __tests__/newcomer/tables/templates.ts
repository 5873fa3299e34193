import { Buffer } from "node:buffer";
import type { Mistake } from "../play.js";
import { fileTemplate, template, web } from "../templates.js";

/** Mistakes in a template. */
export const TEMPLATES: readonly Mistake[] = [
  {
    mistake: "leaves a comma at the end of a list",
    ...web('{\n "builders": [\n  {"type": "file", "target": "t", "content": "x"},\n ]\n}\n'),
    reads: [
      "warning: JSON allows no comma before a closing bracket: Packer rejects this template",
      "  at web.json:3:50",
      "  Hint: Remove the comma.",
    ],
  },
  {
    mistake: "writes a comment in JSON",
    ...web('{\n // the image\n "builders": [{"type": "file", "target": "t", "content": "x"}]\n}\n'),
    reads: [
      "warning: JSON has no comments: Packer rejects this template",
      "  at web.json:2:2",
      '  Hint: Use a root key that starts with "_" instead: Packer ignores such keys.',
    ],
  },
  {
    mistake: "forgets a comma",
    ...web('{\n "builders": [\n  {"type": "file" "target": "t"}\n ]\n}\n'),
    reads: ["error: Missing comma after this value", "  at web.json:3:18", '  Hint: Add "," here.'],
  },
  {
    mistake: "uses single quotes",
    ...web("{\n 'builders': []\n}\n"),
    reads: [
      "error: Expected a key in double quotes, found \"'builders'\"",
      "  at web.json:2:2",
      "  Hint: Use double quotes.",
    ],
  },
  {
    mistake: "forgets the last brace",
    ...web('{\n "builders": []\n'),
    reads: ['error: Missing "}"', "  at web.json:2:16", '  Hint: Close every object that starts with "{".'],
  },
  {
    mistake: "saves the template as UTF-16",
    ...web(Buffer.from(`\ufeff${fileTemplate()}`, "utf16le")),
    reads: ['error: "web.json" is encoded in UTF-16, not in UTF-8', "  Hint: Save the file as UTF-8."],
  },
  {
    mistake: "saves the template as Latin-1",
    ...web(Buffer.from('{"builders": [{"type": "file", "target": "t", "content": "für"}]}', "latin1")),
    reads: [
      'warning: "web.json" is not UTF-8 encoded: some characters are replaced',
      "  Hint: Save the file as UTF-8.",
    ],
  },
  {
    mistake: "saves an empty template",
    ...web(""),
    reads: ["error: The template is empty", "  at web.json:1:1", '  Hint: Write a JSON object with "builders".'],
  },
  {
    mistake: "forgets the builders",
    ...web('{"provisioners": []}'),
    reads: [
      "error: At least one builder must be defined",
      "  at web.json:1:1",
      '  Hint: Write "builders": [ { "type": "amazon-ebs", … } ].',
    ],
  },
  {
    mistake: "writes one builder without a list",
    ...web('{"builders": {"type": "file", "target": "t", "content": "x"}}'),
    reads: [
      'error: "builders" must be a list, not an object',
      "  at web.json:1:14",
      '  Hint: Write "builders": [ … ].',
      "error: At least one builder must be defined",
      "  at web.json:1:2",
      '  Hint: Write "builders": [ { "type": "amazon-ebs", … } ].',
    ],
  },
  {
    mistake: "misspells a section",
    ...web('{"builders": [{"type": "file", "target": "t", "content": "x"}], "provisoners": []}'),
    reads: [
      'error: Unknown root level key in template: "provisoners"',
      "  at web.json:1:65",
      '  Hint: Did you mean "provisioners"?',
    ],
  },
  {
    mistake: "forgets the type of a builder",
    ...web('{"builders": [{"target": "t"}]}'),
    reads: ['error: Builder 1: "type" is missing', "  at web.json:1:15"],
  },
  {
    mistake: "misspells a builder",
    ...web(template({ type: "amazon-esb" })),
    reads: ['error: Unknown builder "amazon-esb"', "  at web.json:4:12", '  Hint: Did you mean "amazon-ebs"?'],
  },
  {
    mistake: "uses a builder of another cloud",
    ...web('{"builders": [{"type": "googlecompute", "project_id": "p"}]}'),
    reads: [
      'warning: Builder "googlecompute" is not supported; builds that use it fail',
      "  at web.json:1:24",
      "  Hint: Keep this build in Packer. bake-ami creates AMIs and container images.",
      'error: Builder "googlecompute" is not supported; builds that use it fail',
      "  at web.json:1:24",
      "  Hint: Keep this build in Packer. bake-ami creates AMIs and container images.",
    ],
  },
  {
    mistake: "uses another Amazon builder",
    ...web('{"builders": [{"type": "amazon-chroot"}]}'),
    reads: [
      'warning: Builder "amazon-chroot" is not supported; builds that use it fail',
      "  at web.json:1:24",
      "  Hint: Use amazon-ebs. amazon-chroot must run as root on an EC2 instance.",
      'error: Builder "amazon-chroot" is not supported; builds that use it fail',
      "  at web.json:1:24",
      "  Hint: Use amazon-ebs. amazon-chroot must run as root on an EC2 instance.",
    ],
  },
  {
    mistake: "misspells an option",
    ...web(template({ instnce_type: "t3.small" })),
    reads: [
      'error: Unknown configuration key: "instnce_type"',
      "  at web.json:18:4",
      '  Hint: Did you mean "instance_type"?',
    ],
  },
  {
    mistake: "uses a removed option",
    ...web(template({ ami_user: "x", ssh_private_ip: true })),
    reads: [
      'error: Unknown configuration key: "ami_user"',
      "  at web.json:18:4",
      '  Hint: Did you mean "ami_users"?',
      'warning: "ssh_private_ip" is deprecated: set "ssh_interface" to "private_ip"',
      "  at web.json:19:4",
    ],
  },
  {
    mistake: "misspells a provisioner",
    ...web(fileTemplate({ provisioners: [{ type: "shel", inline: ["true"] }] })),
    reads: ['error: Unknown provisioner "shel"', "  at web.json:4:12", '  Hint: Did you mean "shell"?'],
  },
  {
    mistake: "misspells a post-processor",
    ...web(fileTemplate({ "post-processors": ["manifst"] })),
    reads: ['error: Unknown post-processor "manifst"', "  at web.json:3:3", '  Hint: Did you mean "manifest"?'],
  },
  {
    mistake: "misspells a function",
    ...web(template({ ami_name: "web-{{timestmp}}" })),
    reads: ['error: Function "timestmp" not defined', "  at web.json:7:23", '  Hint: Did you mean "timestamp"?'],
  },
  {
    mistake: "leaves a template expression open",
    ...web(template({ ami_name: "web-{{timestamp}" })),
    reads: ['error: Unexpected "}" after "timestamp"', "  at web.json:7:32", "  Hint: Add a space between them."],
  },
];
