"use strict";

/**
 * Loaded into Jest and its workers before anything else. Each test file has its own modules, so Jest compiles the AWS SDK again for each
 * of them, a tenth of a second each time. This keeps V8's code of a CommonJS module for the next test file of the same process. V8 refuses
 * code that does not match, and then compiles.
 */
const vm = require("node:vm");

const { compileFunction } = vm;

/** Text and code by file. */
const kept = new Map();

vm.compileFunction = (text, parameters, options = {}) => {
  const known = kept.get(options.filename);
  if (known?.text === text) return compileFunction(text, parameters, { ...options, cachedData: known.code });
  const made = compileFunction(text, parameters, { ...options, produceCachedData: true });
  if (options.filename !== undefined && made.cachedData) kept.set(options.filename, { text, code: made.cachedData });
  return made;
};
