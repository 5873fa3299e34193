import type { Json } from "../../src/options/collections.js";
import type { Mistake } from "./play.js";

/** The options of a builder that the local cloud bakes in a second. */
export const GOOD: Readonly<Record<string, Json>> = {
  type: "amazon-ebs",
  region: "us-east-1",
  instance_type: "t3.micro",
  ami_name: "newcomer",
  communicator: "none",
  source_ami_filter: {
    filters: { name: "ubuntu/images/*ubuntu-jammy-22.04-amd64-server-*" },
    owners: ["099720109477"],
    most_recent: true,
  },
};

/** Returns a JSON template with one builder; null removes an option, `more` is added at the top. */
export function template(
  options: Readonly<Record<string, Json>> = {},
  more: Readonly<Record<string, Json>> = {},
): string {
  const entries = Object.entries({ ...GOOD, ...options }).filter(([, value]) => value !== null);
  return JSON.stringify({ ...more, builders: [Object.fromEntries(entries)] }, undefined, 1);
}

/** A file builder needs no account. */
export const FILE = { type: "file", target: "t", content: "x" };

/** A JSON template that bakes a file; `more` is added at the top. */
export function fileTemplate(more: Readonly<Record<string, Json>> = {}): string {
  return JSON.stringify({ ...more, builders: [FILE] }, undefined, 1);
}

/** An HCL2 template that bakes nothing; `more` comes first. */
export function hclTemplate(more = "", inBuild = ""): string {
  return `${more}source "null" "x" {\n  communicator = "none"\n}\n\nbuild {\n  sources = ["null.x"]\n${inBuild}}\n`;
}

/** A mistake in the JSON template that the action gets. */
export const web = (text: string | Uint8Array): Pick<Mistake, "files" | "does"> => ({
  files: { "web.json": text },
  does: { template: "web.json" },
});
/** A mistake in the HCL2 template that the action gets. */
export const hcl = (text: string): Pick<Mistake, "files" | "does"> => ({
  files: { "web.pkr.hcl": text },
  does: { template: "web.pkr.hcl" },
});
/** A template with a shell provisioner that runs on a host which does not listen. */
export const script = (provisioner: Readonly<Record<string, string>>) =>
  fileTemplate({ provisioners: [{ type: "shell", ...provisioner }] })
    .replace(
      '"type": "file"',
      '"type": "null", "communicator": "ssh", "ssh_host": "127.0.0.1", "ssh_username": "u", "ssh_port": 9, "ssh_timeout": "1s"',
    )
    .replace(/,\n\s+"target": "t",\n\s+"content": "x"/, "");
