import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { messageOf } from "../../core/errors.js";
import { redactor } from "../../report/redact.js";
import type { Command } from "../command.js";
import { teller } from "../diagnostics.js";

/** `bake-ami hcl2_upgrade`. */
export const hcl2Upgrade: Command = {
  name: "hcl2_upgrade",
  synopsis: "write a JSON template as HCL2",
  usage: "bake-ami hcl2_upgrade [options] TEMPLATE",
  help: "Writes a JSON template as an HCL2 template that bakes the same, beside it: TEMPLATE.pkr.hcl. The JSON template stays.",
  flags: [
    {
      name: "output-file",
      kind: "text",
      value: "FILE",
      doc: "Where to write (default: TEMPLATE.pkr.hcl); - is standard output.",
    },
    { name: "with-annotations", kind: "boolean", doc: "Accepted; nothing is annotated." },
  ],
  arguments: { least: 1, most: 1 },
  async run(flags, { engine, terminal, cwd, machineReadable }) {
    const tell = teller(terminal, redactor(), { paint: false, machineReadable });
    const file = flags.positional[0] ?? "";
    const target = flags.text("output-file") ?? `${file}.pkr.hcl`;
    if (/\.pkr\.(hcl|json)$/.test(file)) {
      tell.error(`${file} is an HCL2 template already: hcl2_upgrade takes a JSON template`);
      return 1;
    }
    try {
      const source = { file, text: readFileSync(resolve(cwd, file), "utf8") };
      const { text, diagnostics } = await engine.upgrade(source);
      tell.diagnostics({ diagnostics, sources: [source] });
      if (text === undefined) return 1;
      if (target === "-") {
        terminal.write(text.replace(/\n$/, ""));
        return 0;
      }
      writeFileSync(resolve(cwd, target), text);
      tell.line(`Successfully created ${target}. Exit 0`);
      return 0;
    } catch (error) {
      tell.error(messageOf(error));
      return 1;
    }
  },
};
