import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { BakeError, messageOf } from "../../../core/errors.js";
import type { Bake } from "../bake.js";
import { withDeadMan } from "./dead-man.js";

/** Text of fewer characters that is sent undecoded, because it happens to be base64, is likely meant as text. */
const SHORT = 64;

/**
 * User data of the launch, in base64; undefined where there is none. Text that already is base64 goes out as it is, as Packer
 * sends it, with a warning when it is short. With `dead-man` minutes a timer is added that powers the instance off.
 */
export async function userData(bake: Bake): Promise<string | undefined> {
  const { options, context } = bake;
  const given = options.user_data_file
    ? await readUserData(bake, options.user_data_file)
    : Buffer.from(options.user_data ?? "");
  const text = given.toString("latin1");
  const minutes = context.settings.deadManMinutes;
  if (minutes !== undefined)
    return withDeadMan(isBase64(text) ? Buffer.from(text, "base64") : given, minutes).toString("base64");
  if (text === "") return undefined;
  if (!isBase64(text)) return given.toString("base64");
  if (text.length < SHORT) {
    context.narrator.warn({
      code: "user-data-is-base64",
      summary: `the user data "${text}" is valid base64 and is sent as it is, not as text`,
      hint: "End it with a newline if it is meant as text.",
    });
  }
  return text;
}

/** As Go's standard decoder sees it: whole groups of four with padding, line breaks apart. */
function isBase64(text: string): boolean {
  const packed = text.replace(/[\r\n]/g, "");
  return packed !== "" && packed.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(packed);
}

async function readUserData(bake: Bake, path: string): Promise<Buffer> {
  try {
    return await readFile(resolve(bake.context.surroundings.cwd, path));
  } catch (cause) {
    throw new BakeError(`the user data file cannot be read: ${messageOf(cause)}`, {
      code: "user-data-unreadable",
      cause,
      range: bake.context.range,
    });
  }
}
