/** Scripts for other interpreters (`.pl`, `.sh`) as modules whose default export is their text: for jest, and for the bundle. */

/** Files that are imported as text. */
export const TEXT_FILE = /\.(pl|sh)$/;

/** The module that stands for a script. */
export function textModule(text) {
  return `export default ${JSON.stringify(text)};\n`;
}

/** A transformer of jest's. */
export default { process: (text) => ({ code: textModule(text) }) };
