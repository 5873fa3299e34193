/** Makes modules of scripts for other interpreters (`.pl`, `.sh`), for Jest and the bundle. Their default export is the script's text. */

/** Files that are imported as text. */
export const TEXT_FILE = /\.(pl|sh)$/;

/** Returns the source of the module for a script. */
export function textModule(text) {
  return `export default ${JSON.stringify(text)};\n`;
}

/** The Jest transformer. */
export default { process: (text) => ({ code: textModule(text) }) };
