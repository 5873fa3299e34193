import type { CheckContext, Complaints } from "../../options/schema.js";
import type { AmazonEbsOptions } from "./options.js";

/** Rules over several options (Packer §3.1 and its traps). */
export function checkOptions(_options: AmazonEbsOptions, _complaints: Complaints, _context: CheckContext): void {}
