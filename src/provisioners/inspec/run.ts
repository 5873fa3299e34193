import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BakeError } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { type CommandRun, exitCode, lastLinesDetail } from "../command-run.js";
import { localPath } from "../local-files.js";
import { findRemoteUser, openProxy, type SshAccess } from "../login-proxy.js";
import { parseEnvironment, runLocal } from "../run-local.js";
import { INSTALL_INSPEC, type InspecOptions } from "./options.js";

/** Runs InSpec on the runner against the machine (Packer §5.11). Throws a `BakeError`. */
export async function run(options: InspecOptions, context: ProvisionerContext): Promise<void> {
  const { narrator, data } = context;
  narrator.say("Provisioning with Inspec...");
  const user = options.user?.render(data) || (await findRemoteUser(context));
  const inputs = await writeInputs(options, context);
  try {
    const access =
      options.backend === "ssh"
        ? await openProxy({ ...options, user, sftp_command: undefined, keyType: "rsa" }, context)
        : undefined;
    try {
      const command = [options.command, ...inspecArguments(options, { user, access, inputs }, context)];
      narrator.say(`Executing Inspec: ${command.join(" ")}`);
      const environment = parseEnvironment(options.inspec_env_vars.map((pair) => pair.render(data)));
      checkEnd(options, await runLocal(context, command, environment, INSTALL_INSPEC), context);
    } finally {
      await access?.close();
    }
  } finally {
    await rm(inputs, { force: true });
  }
}

/** Writes the input file for every profile; returns its path. */
async function writeInputs(options: InspecOptions, { identity, surroundings }: ProvisionerContext): Promise<string> {
  const directory = options.attributes_directory ? localPath(options.attributes_directory, surroundings.cwd) : tmpdir();
  const path = join(directory, `packer-provisioner-inspec.${surroundings.ids.short(10)}.yml`);
  const text = `packer_build_name: ${identity.shortName}\npacker_builder_type: ${identity.builderType}\n`;
  await writeFile(path, text, { mode: 0o600, flag: "wx" });
  return path;
}

/** Inputs of a run of InSpec: the login user, the SSH access to the machine, and the input file. */
interface Invocation {
  readonly user: string;
  readonly access: SshAccess | undefined;
  readonly inputs: string;
}

/** Returns the arguments of inspec, in Packer's order (§5.11). */
function inspecArguments(
  options: InspecOptions,
  { user, access, inputs }: Invocation,
  { data }: ProvisionerContext,
): readonly string[] {
  return [
    ...["exec", options.profile],
    ...["--backend", options.backend],
    ...["--host", options.host?.render(data) || "127.0.0.1"],
    ...["--user", user],
    ...(access?.keyFile === undefined ? [] : ["--key-files", access.keyFile]),
    ...(access === undefined ? [] : ["--port", String(access.port)]),
    ...["--input-file", ...options.attributes.map((file) => file.render(data)), inputs],
    ...options.extra_arguments.map((argument) => argument.render(data)),
  ];
}

/** Hints by InSpec's exit code. */
const HINTS: Readonly<Record<number, string>> = {
  100: "Check the output of InSpec for the failed controls.",
  172: 'Accept the license of InSpec: add "--chef-license=accept-silent" to "extra_arguments".',
};

/** Throws a `BakeError` when InSpec's exit code is not in `valid_exit_codes`. */
function checkEnd(options: InspecOptions, run: CommandRun, { range }: ProvisionerContext): void {
  const code = exitCode(run.end);
  if (options.valid_exit_codes.includes(code)) return;
  const expected = options.valid_exit_codes.join(" ");
  throw new BakeError(`Inspec exited with unexpected exit status: ${code}. Expected exit codes are: [${expected}]`, {
    code: "inspec-failed",
    hint: HINTS[code] ?? "Check the output of InSpec.",
    detail: lastLinesDetail(run),
    range,
  });
}
