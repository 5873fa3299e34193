import { duration, flag, integer, late, lateMap, list, object, text } from "../../src/options/fields.js";
import { schema } from "../../src/options/schema.js";
import { builder, type Catalog, postProcessor, provisioner } from "../../src/plan/kinds.js";

const never = async () => {
  throw new Error("planning must not load or run a kind");
};

const machine = builder({
  type: "machine",
  schema: schema(
    {
      ami_name: text({ doc: "Name.", required: true }),
      communicator: text({ doc: "Communicator.", default: "ssh" }),
      encrypt_boot: flag({ doc: "Encryption." }),
      tags: lateMap({ doc: "Tags." }),
      password: text({ doc: "Password.", secret: true }),
      size: text({ doc: "Size." }),
      device: object({ size: integer({ doc: "Size." }) }, { doc: "Device." }),
      vault: text({ doc: "Vault.", unsupported: "Give the keys by the environment." }),
    },
    {
      check: ({ ami_name, size }, complaints) => {
        if (ami_name.length > 5) complaints.error("ami_name", "too long");
        if (size) complaints.refusal("size", `"size" is ${size}; the build fails`);
      },
    },
  ),
  generatedData: ["SourceAMI"],
  makesImages: true,
  facts: ({ communicator }) => ({ communicator, images: undefined }),
  load: never,
  loadPreview: undefined,
});

const shell = provisioner({
  type: "shell",
  schema: schema(
    {
      inline: list(text({ doc: "Line." }), { doc: "Lines." }),
      script: text({ doc: "Script." }),
      execute_command: late({ doc: "Command." }),
      wait: duration({ doc: "Wait." }),
    },
    {
      check: ({ script }, complaints, outside) => {
        if (script && outside.pathKind(script) !== "file")
          complaints.error("script", `no such file or directory: '${script}'`);
      },
    },
  ),
  facts: { runsOn: "machine", needsMachine: true, needsUnix: true, changesImage: true, subject: () => undefined },
  load: never,
});

const local = provisioner({
  type: "shell-local",
  schema: schema({ command: text({ doc: "Command." }) }),
  facts: { runsOn: "runner", needsMachine: false, needsUnix: false, changesImage: true, subject: () => undefined },
  load: never,
});
const manifest = postProcessor({
  type: "manifest",
  schema: schema({ output: text({ doc: "File.", default: "m.json" }) }),
  load: never,
});

/** A catalog of a few kinds for tests of planning. */
export const catalog: Catalog = {
  builders: new Map([[machine.type, machine]]),
  provisioners: new Map([shell, local].map((kind) => [kind.type, kind])),
  postProcessors: new Map([[manifest.type, manifest]]),
  dataSources: new Map(),
  refused: [
    { part: "builder", type: "qemu", reason: "It makes no AMI.", makesImages: false },
    { part: "provisioner", type: "powershell", reason: "It needs WinRM.", makesImages: false },
    { part: "post-processor", type: "atlas", reason: "The service is gone.", makesImages: false },
  ],
};
