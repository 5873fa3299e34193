import { duration, flag, integer, list, text } from "../../options/fields.js";

/** Options that the script provisioners of Windows have in common (Packer §5.5). */
export const scriptFields = {
  inline: list(text({ doc: "A line of the script.", required: true }), {
    doc: "Lines of a script, run as one file.",
  }),
  script: text({ doc: "Path of a script to upload and run." }),
  scripts: list(text({ doc: "Path of a script.", required: true }), {
    doc: "Paths of scripts to upload and run, in order.",
  }),
  valid_exit_codes: list(integer({ doc: "An exit code.", required: true }), {
    doc: "Exit codes that mean success. 2300218 accepts a script that ends with the connection.",
    default: [0],
  }),
  start_retry_timeout: duration({
    doc: "How long to retry uploading and starting a script while the machine is not reachable.",
    default: 300_000,
  }),
  binary: flag({ doc: "Upload scripts unchanged.", default: false }),
};
