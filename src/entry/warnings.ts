/** A notice of the AWS SDK to developers about Node versions to come: nothing that a user of ours can act on. */
const NOT_FOR_USERS = /^NodeVersionSupportWarning\b/;

/** Prints Node's process warnings on stderr as Node does, without those that are not for users. */
export function quietWarnings(): void {
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (NOT_FOR_USERS.test(warning.message)) return;
    process.stderr.write(`${warning.name}: ${warning.message}\n`);
  });
}
