import type { Inputs } from "./world.js";

/** The text of a template and of its variable file. */
export interface Written {
  readonly name: string;
  readonly text: string;
  readonly variableFile: { readonly name: string; readonly text: string };
}

/** Returns the template of these inputs, in their language. */
export function templateOf(inputs: Inputs): Written {
  return inputs.format === "json" ? inJson(inputs) : inHcl(inputs);
}

const device = ({ diskSize }: Inputs) => ({
  device_name: "/dev/sda1",
  volume_size: diskSize,
  delete_on_termination: true,
});

function builderOf(inputs: Inputs) {
  return {
    region: "us-east-1",
    source_ami: inputs.source,
    instance_type: inputs.instanceType,
    ssh_username: inputs.user,
    ami_description: inputs.description,
    ami_regions: inputs.regions,
    ami_users: inputs.users,
    ssh_timeout: inputs.sshTimeout,
  };
}

function inJson(inputs: Inputs): Written {
  const { fixedName, tags, order, content, destination, inline, pause } = inputs;
  const all = {
    file: { type: "file", source: "app", destination },
    content: { type: "file", content: `${content} {{user \`version\`}}`, destination: "/etc/motd" },
    script: { type: "shell", script: "setup.sh", environment_vars: ["VERSION={{user `version`}}"] },
    inline: { type: "shell", inline, pause_before: pause },
  };
  const timed = Object.entries(tags).map(([key, value]) => [key, value === "TIME" ? "{{isotime}}" : value]);
  const template = {
    _comment: inputs.comment,
    variables: { version: inputs.fallback, unused: inputs.unused },
    builders: [
      {
        ...{ type: "amazon-ebs", ...builderOf(inputs), ami_name: `${fixedName} {{timestamp}} {{uuid}}` },
        ...{ user_data_file: "user-data.sh", tags: Object.fromEntries(timed) },
        launch_block_device_mappings: [device(inputs)],
      },
    ],
    provisioners: order.map((kind) => all[kind]),
    ...(inputs.postProcessor ? { "post-processors": [{ type: "manifest" }] } : {}),
  };
  const given = inputs.inFile === undefined ? {} : { version: inputs.inFile };
  return {
    name: "web.json",
    text: JSON.stringify(template),
    variableFile: { name: "vars.json", text: JSON.stringify(given) },
  };
}

function inHcl(inputs: Inputs): Written {
  const { fixedName, tags, order, content, destination, inline, pause } = inputs;
  const quoted = (value: unknown) => JSON.stringify(value);
  const all = {
    file: block("provisioner", ["file"], [`source = "app"`, `destination = ${quoted(destination)}`]),
    content: block("provisioner", ["file"], [`content = "${content} \${local.greeting}"`, `destination = "/etc/motd"`]),
    script: block("provisioner", ["shell"], [`script = "setup.sh"`, `env = { VERSION = var.version }`]),
    inline: block("provisioner", ["shell"], [`inline = ${quoted(inline)}`, `pause_before = ${quoted(pause)}`]),
  };
  const timed = Object.entries(tags).map(
    ([key, value]) => `    ${key} = ${value === "TIME" ? "timestamp()" : quoted(value)}`,
  );
  const options = Object.entries(builderOf(inputs)).map(([key, value]) => `${key} = ${quoted(value)}`);
  const text = [
    `# ${inputs.comment}`,
    block("variable", ["version"], [`default = ${quoted(inputs.fallback)}`]),
    block("variable", ["unused"], [`default = ${quoted(inputs.unused)}`]),
    block("locals", [], [`greeting = "version \${var.version}"`]),
    block(
      "source",
      ["amazon-ebs", "web"],
      [
        ...options,
        `ami_name = "${fixedName} \${formatdate("YYYYMMDDhhmmss", timestamp())} \${uuidv4()}"`,
        `user_data = file("user-data.sh")`,
        `tags = {\n${timed.join("\n")}\n}`,
        block(
          "launch_block_device_mappings",
          [],
          Object.entries(device(inputs)).map(([k, v]) => `${k} = ${quoted(v)}`),
        ),
      ],
    ),
    block(
      "build",
      [],
      [
        `sources = ["source.amazon-ebs.web"]`,
        ...order.map((kind) => all[kind]),
        ...(inputs.postProcessor ? [block("post-processor", ["manifest"], [])] : []),
      ],
    ),
  ].join("\n");
  const given = inputs.inFile === undefined ? "" : `version = ${quoted(inputs.inFile)}\n`;
  return { name: "web.pkr.hcl", text, variableFile: { name: "vars.pkrvars.hcl", text: given } };
}

function block(type: string, labels: readonly string[], lines: readonly string[]): string {
  return [[type, ...labels.map((label) => JSON.stringify(label)), "{"].join(" "), ...lines, "}"].join("\n");
}
