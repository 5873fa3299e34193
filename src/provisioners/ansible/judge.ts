import { BakeError } from "../../core/errors.js";
import type { PartContext } from "../../core/parts.js";
import type { LocalRun } from "../run-local.js";

/** What Ansible's exit codes mean, as far as they say what to do. */
const HINTS: Readonly<Record<number, string>> = {
  2: "A task failed: see the output above.",
  4: 'The machine could not be reached, or the playbook cannot be read: see the output above. "-vvvv" in "extra_arguments" shows what ssh says.',
  5: 'Ansible does not know one of its arguments: look at "extra_arguments".',
};

/** Throws a `BakeError` unless the program ended well. */
export function judge(program: string, { end, lastLines }: LocalRun, context: PartContext): void {
  if (end.status === "exited" && end.code === 0) return;
  const how = end.status === "exited" ? `exit status ${end.code}` : end.signal;
  throw new BakeError(`${program} ended with ${how}`, {
    code: "ansible-failed",
    hint: hintFor(end.status === "exited" ? end.code : undefined, lastLines),
    detail: lastLines.length > 0 ? ["Its last lines:", ...lastLines].join("\n") : undefined,
    range: context.range,
  });
}

function hintFor(code: number | undefined, lines: readonly string[]): string {
  if (lines.some((line) => line.includes("REMOTE HOST IDENTIFICATION HAS CHANGED"))) {
    return "Another server answers at the machine's address than the one that the build itself logged in to.";
  }
  if (lines.some((line) => line.includes("Host key verification failed"))) {
    return 'Options for ssh in your inventory or variables replaced the ones that name the machine\'s host key. Move them to "ansible_ssh_extra_args", or add "ANSIBLE_HOST_KEY_CHECKING=False" to "ansible_env_vars".';
  }
  return HINTS[code ?? 0] ?? "See the output above.";
}
