import { rm, writeFile } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { BakeError } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { localPath } from "../local-path.js";
import { openProxy, remoteUser, type Way } from "../login-proxy.js";
import { type LocalRun, parseEnvironment, runLocal } from "../run-local.js";
import { exitCode } from "../run-remote.js";
import { INSTALL_HINT, type InspecOptions } from "./options.js";

/** Runs InSpec on this machine against the machine being built (Packer §5.11). Throws a `BakeError`. */
export async function run(options: InspecOptions, context: ProvisionerContext): Promise<void> {
  const { narrator, data } = context;
  narrator.say("Provisioning with Inspec...");
  const user = options.user?.render(data) || (await remoteUser(context));
  const inputs = await writeInputs(options, context);
  try {
    const way = options.backend === "ssh" ? await openProxy({ ...options, user, keyType: "rsa" }, context) : undefined;
    try {
      const command = [options.command, ...inspecArguments(options, user, way, inputs, context)];
      narrator.say(`Executing Inspec: ${command.join(" ")}`);
      const environment = parseEnvironment(options.inspec_env_vars.map((pair) => pair.render(data)));
      judge(options, await runLocal(context, command, environment, INSTALL_HINT), context);
    } finally {
      await way?.close();
    }
  } finally {
    await rm(inputs, { force: true });
  }
}

/** The file of inputs that every profile gets. */
async function writeInputs(options: InspecOptions, { identity, surroundings }: ProvisionerContext): Promise<string> {
  const folder = options.attributes_directory ? localPath(options.attributes_directory, surroundings.cwd) : tmpdir();
  const path = join(folder, `packer-provisioner-inspec.${surroundings.ids.short(10)}.yml`);
  const text = `packer_build_name: ${identity.shortName}\npacker_builder_type: ${identity.builderType}\n`;
  await writeFile(path, text, { mode: 0o600, flag: "wx" });
  return path;
}

/** Arguments of inspec, in Packer's order (§5.11). */
function inspecArguments(
  options: InspecOptions,
  user: string,
  way: Way | undefined,
  inputs: string,
  { data }: ProvisionerContext,
): readonly string[] {
  return [
    ...["exec", options.profile],
    ...["--backend", options.backend],
    ...["--host", options.host?.render(data) || "127.0.0.1"],
    ...["--user", user],
    ...(way?.keyFile === undefined ? [] : ["--key-files", way.keyFile]),
    ...(way === undefined ? [] : ["--port", String(way.port)]),
    ...["--input-file", ...options.attributes.map((file) => file.render(data)), inputs],
    ...options.extra_arguments.map((argument) => argument.render(data)),
  ];
}

/** What InSpec's exit codes mean, as far as they say what to do. */
const HINTS: Readonly<Record<number, string>> = {
  100: "Controls failed: see the output above.",
  172: 'InSpec\'s licence is not accepted: add "--chef-license=accept-silent" to "extra_arguments".',
};

function judge(options: InspecOptions, { end, lastLines }: LocalRun, { range }: ProvisionerContext): void {
  const code = exitCode(end, constants.signals);
  if (options.valid_exit_codes.includes(code)) return;
  const expected = options.valid_exit_codes.join(" ");
  throw new BakeError(`Inspec exited with unexpected exit status: ${code}. Expected exit codes are: [${expected}]`, {
    code: "inspec-failed",
    hint: HINTS[code] ?? "See the output above.",
    detail: lastLines.length > 0 ? ["Its last lines:", ...lastLines].join("\n") : undefined,
    range,
  });
}
