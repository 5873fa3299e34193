import type { Mistake } from "../play.js";
import { hcl, hclTemplate } from "../templates.js";

/** Mistakes in HCL2. */
export const HCL: readonly Mistake[] = [
  {
    mistake: "forgets the build block",
    ...hcl('source "null" "x" {\n  communicator = "none"\n}\n'),
    reads: [
      "error: No builds to run: missing build block",
      "  Hint: A build block names the sources to bake. If it is in another file, set the directory as the template to read all files.",
    ],
  },
  {
    mistake: "misspells a source in HCL2",
    ...hcl(hclTemplate().replace("null.x", "null.y")),
    reads: [
      'error: Unknown source "null.y"',
      "  at web.pkr.hcl:6:14",
      "  Known sources: null.x.",
      '  Hint: Did you mean "null.x"?',
    ],
  },
  {
    mistake: "writes HCL2 with a colon",
    ...hcl(hclTemplate().replace("communicator =", "communicator:")),
    reads: [
      "error: Argument or block definition required",
      "  at web.pkr.hcl:2:3",
      '  An equals sign and a value, or a block, is required after the name "communicator".',
      '  Hint: Write "=" instead of ":".',
    ],
  },
  {
    mistake: "misspells an option in HCL2",
    ...hcl(hclTemplate().replace("communicator", "comunicator")),
    reads: [
      'error: An "ssh_username" must be specified',
      "  at web.pkr.hcl:1:20",
      '  Hint: Set "ssh_username" to the default user of the image: ubuntu, ec2-user (Amazon Linux), admin (Debian), centos, fedora, rocky, root.',
      'error: "ssh_host" must be specified with "communicator": "ssh"',
      "  at web.pkr.hcl:1:20",
      '  Hint: Set "ssh_host" to a machine that is running, or set "communicator" to "none". The null builder creates no machine.',
      'error: One of "ssh_agent_auth", "ssh_password" and "ssh_private_key_file" must be specified',
      "  at web.pkr.hcl:1:20",
      'error: Unknown configuration key: "comunicator"',
      "  at web.pkr.hcl:2:3",
      '  Hint: Did you mean "communicator"?',
    ],
  },
  {
    mistake: "misspells a provisioner in HCL2",
    ...hcl(hclTemplate("", '  provisioner "shel" {\n    inline = ["true"]\n  }\n')),
    reads: ['error: Unknown provisioner "shel"', "  at web.pkr.hcl:7:15", '  Hint: Did you mean "shell"?'],
  },
  {
    mistake: "misspells a function in HCL2",
    ...hcl(hclTemplate("locals {\n  t = timestmp()\n}\n\n")),
    reads: [
      'error: There is no function named "timestmp"',
      "  at web.pkr.hcl:2:7",
      '  Hint: Did you mean "timestamp"?',
    ],
  },
  {
    mistake: "writes JSON's template language in HCL2",
    ...hcl(
      hclTemplate('locals {\n  t = "{{ user `name` }}"\n}\n\n').replace(
        'communicator = "none"',
        'communicator = "{{user `c`}}"',
      ),
    ),
    reads: [
      'error: An "ssh_username" must be specified',
      "  at web.pkr.hcl:5:20",
      '  Hint: Set "ssh_username" to the default user of the image: ubuntu, ec2-user (Amazon Linux), admin (Debian), centos, fedora, rocky, root.',
      'error: "ssh_host" must be specified with "communicator": "ssh"',
      "  at web.pkr.hcl:5:20",
      '  Hint: Set "ssh_host" to a machine that is running, or set "communicator" to "none". The null builder creates no machine.',
      'error: One of "ssh_agent_auth", "ssh_password" and "ssh_private_key_file" must be specified',
      "  at web.pkr.hcl:5:20",
      'error: "user" is available in JSON templates only',
      "  at web.pkr.hcl:6:18",
      "  Hint: Use ${var.c} in HCL2.",
    ],
  },
  {
    mistake: "writes a Terraform resource",
    ...hcl('resource "aws_instance" "x" {\n}\n'),
    reads: [
      "error: Unsupported block type",
      "  at web.pkr.hcl:1:1",
      '  Blocks of type "resource" are not expected here.',
      "  Hint: Remove it: this is a Terraform block, and the file is a Packer template.",
      "error: No builds to run: missing build block",
      "  Hint: A build block names the sources to bake. If it is in another file, set the directory as the template to read all files.",
    ],
  },
  {
    mistake: "leaves a block of HCL2 open",
    ...hcl('source "null" "x" {\n  communicator = "none"\n'),
    reads: [
      "error: Unclosed configuration block",
      "  at web.pkr.hcl:1:19",
      "  There is no closing brace for this block before the end of the file.",
      "  Hint: Check the braces here and in the rest of the file.",
    ],
  },
];
