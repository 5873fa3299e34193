import type { Mistake } from "../play.js";
import { template, web } from "../templates.js";

/** Mistakes in the options of builders and provisioners. */
export const OPTIONS: readonly Mistake[] = [
  {
    mistake: "forgets the AMI name",
    ...web(template({ ami_name: null })),
    reads: [
      'error: "ami_name" is required',
      "  at web.json:3:3",
      "  Name of the image: 3 to 128 characters, unique in each Region.",
      '  Hint: Set "ami_name": "…".',
    ],
  },
  {
    mistake: "uses a character that AMI names cannot have",
    ...web(template({ ami_name: "web:1" })),
    reads: [
      'error: "ami_name" must not contain :',
      "  at web.json:7:16",
      "  Hint: Use only letters, digits, spaces and ( ) [ ] . / - ' @ _, or the template function clean_resource_name, which replaces other characters.",
    ],
  },
  {
    mistake: "puts a time with colons into the name",
    ...web(template({ ami_name: "web {{isotime}}" })),
    reads: [
      'error: "ami_name" must not contain :',
      "  at web.json:7:16",
      "  Hint: Use only letters, digits, spaces and ( ) [ ] . / - ' @ _, or the template function clean_resource_name, which replaces other characters.",
    ],
  },
  {
    mistake: "forgets the instance type",
    ...web(template({ instance_type: null })),
    reads: [
      'error: An "instance_type" must be specified',
      "  at web.json:3:3",
      '  Hint: Set "instance_type", for example to "t3.small".',
    ],
  },
  {
    mistake: "forgets the source AMI",
    ...web(template({ source_ami_filter: null })),
    reads: [
      'error: A "source_ami" or a "source_ami_filter" with filters must be specified',
      "  at web.json:3:3",
      '  Hint: Set "source_ami_filter" with "filters", "owners" and "most_recent". AMI ids are different in each Region and become outdated.',
    ],
  },
  {
    mistake: "forgets the owner of a filter",
    ...web(template({ source_ami_filter: { filters: { name: "ubuntu*" }, most_recent: true } })),
    reads: [
      'error: "source_ami_filter" must declare "owners", because anyone can publish an image with any name',
      "  at web.json:9:25",
      '  Hint: Set "owners" to the account id of the publisher, such as "099720109477" (Canonical), or to "amazon" or "self".',
    ],
  },
  {
    mistake: "forgets the SSH user",
    ...web(template({ communicator: null })),
    reads: [
      'error: An "ssh_username" must be specified',
      "  at web.json:3:3",
      '  Hint: Set "ssh_username" to the default user of the image: ubuntu, ec2-user (Amazon Linux), admin (Debian), centos, fedora, rocky, root.',
    ],
  },
  {
    mistake: "writes a text for a list",
    ...web(template({ ami_users: { a: "b" } })),
    reads: ['error: "ami_users[0]" must be a string, not an object', "  at web.json:18:17"],
  },
  {
    mistake: "writes a text for a boolean",
    ...web(template({ encrypt_boot: "maybe" })),
    reads: ['error: "encrypt_boot" must be true or false, not "maybe"', "  at web.json:18:20"],
  },
  {
    mistake: "writes a text for a number",
    ...web(template({ launch_block_device_mappings: [{ device_name: "/dev/sda1", volume_size: "8 GB" }] })),
    reads: [
      'error: "launch_block_device_mappings[0].volume_size" must be a whole number, not "8 GB"',
      "  at web.json:21:21",
    ],
  },
  {
    mistake: "forgets the unit of a duration",
    ...web(template({ communicator: "ssh", ssh_username: "ubuntu", ssh_timeout: "5" })),
    reads: [
      'error: "ssh_timeout" has no unit: "5"',
      "  at web.json:19:19",
      '  Hint: Write a number with a unit, such as "90s", "5m" or "1h30m".',
    ],
  },
  {
    mistake: "misspells the Region in the template",
    ...web(template({ region: "us-esat-1" })),
    reads: ["error: Unknown Region: us-esat-1", "  at web.json:5:14", '  Hint: Did you mean "us-east-1"?'],
  },
];
