/** Preloaded: the process believes that it is two days later, when all that was made today has expired. */
const now = Date.now;
Date.now = () => now() + 48 * 3_600_000;
