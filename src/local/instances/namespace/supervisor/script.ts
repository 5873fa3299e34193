import { boot } from "./boot.js";
import { files } from "./files.js";
import { metadataRule } from "./metadata-rule.js";
import { session } from "./session.js";
import { state } from "./state.js";
import { supervise } from "./supervise.js";
import { syscalls } from "./syscalls.js";
import { terminal } from "./terminal.js";

/** The supervisor, whole: a Perl program that needs root and takes the arguments STATE RUN FIRST-ID STREAM-FOLDER OWNER-UID. */
export const supervisorScript = [syscalls, metadataRule, state, boot, files, terminal, session, supervise].join("");
