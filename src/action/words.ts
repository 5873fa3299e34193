import type { Setting } from "../core/setting.js";
import type { Wording } from "../report/wording.js";
import type { GitHubEnvironment } from "./environment.js";

/** The hint about the state directory of a rehearsal. */
const STATE_DIRECTORY =
  "A rehearsal keeps its state in the temporary directory of the runner (RUNNER_TEMP). This directory must be writable, have free space and be outside /usr, /etc and /var.";

/** Returns the input for a setting of a run. */
function inputFor(name: Setting, isFirst: boolean): string {
  return `${isFirst ? "Input" : "the input"} "${name === "region" ? "aws-region" : name}"`;
}

/** The hints of the action for codes that need other advice on a runner. */
const HINTS: Wording["hints"] = {
  "required-variable": 'Set it in the input "variables", or in a file of the input "variable-files".',
  "unset-variable": 'Set it in the input "variables" or in a file of the input "variable-files", or add a default.',
  "undeclared-variable": 'Declare it in the template, or set it in the input "variables".',
  "undeclared-given-variable": 'Declare it in the template, or remove it from the input "variables".',
  "unsupported-function":
    'Read the value in an earlier step, and pass it as an environment variable ({{env …}}) or in the input "variables".',
  "file-not-read":
    'Check the path. Relative paths start from the input "working-directory". If the repository is missing, run actions/checkout before this step.',
  "no-selected-build": 'Check the inputs "only" and "except": they exclude all builds.',
  "local-state-version":
    "Use one version of bake-ami in all rehearsals of a job, or remove this directory in an earlier step.",
  "local-disk-full": "Free disk space in an earlier step, or use a runner with a larger disk.",
  "local-state-directory": STATE_DIRECTORY,
  "local-state-shared": STATE_DIRECTORY,
};

/** How the action words diagnostics: it has inputs. */
export const ACTION_WORDS: Wording = { notation: inputFor, hints: HINTS };

/** The hint for a pull request from a fork (GitHub, "Events that trigger workflows": pull requests from forks). */
export const FORK_HINT =
  "Jobs of pull requests from forks get no secrets and no OpenID Connect token. Use the rehearse action for them, and bake after the merge.";

/** Returns the texts of the action for the event of the run. */
export function actionWords(environment: Pick<GitHubEnvironment, "pullRequest">): Wording {
  return environment.pullRequest?.fork === true
    ? { ...ACTION_WORDS, hints: { ...HINTS, "aws-no-credentials": FORK_HINT } }
    : ACTION_WORDS;
}
