/** Preloaded: sets the clock two days ahead, so that all resources made today have expired. */
const now = Date.now;
Date.now = () => now() + 48 * 3_600_000;
