/** Pictures of pages by one headless Chromium, which is controlled over the DevTools protocol. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PROGRAMS = ["chromium", "chromium-browser", "google-chrome"];

/** Starts Chromium. Returns undefined where it is not installed. */
export function openBrowser() {
  const program = PROGRAMS.find((name) => spawnSync(name, ["--version"]).status === 0);
  if (!program) return undefined;
  const profile = mkdtempSync(join(tmpdir(), "chromium-"));
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"];
  const child = spawn(
    program,
    [...flags, "--hide-scrollbars", "--remote-debugging-pipe", `--user-data-dir=${profile}`, "about:blank"],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
  );
  const { send, event } = protocol(child.stdio[3], child.stdio[4]);
  const session = attach(send);
  return {
    /** Returns a PNG of a page, as high as the page is, in a window of `width` pixels. */
    async picture(url, width) {
      const sessionId = await session;
      const size = (height) => ({ width, height, deviceScaleFactor: 1, mobile: false });
      await send("Emulation.setDeviceMetricsOverride", size(100), sessionId);
      const loaded = event("Page.loadEventFired");
      await send("Page.navigate", { url }, sessionId);
      await loaded;
      const expression = "window.drawn.then(() => document.documentElement.scrollHeight)";
      const { result } = await send("Runtime.evaluate", { expression, awaitPromise: true }, sessionId);
      await send("Emulation.setDeviceMetricsOverride", size(result.value), sessionId);
      const { data } = await send("Page.captureScreenshot", { format: "png" }, sessionId);
      return Buffer.from(data, "base64");
    },
    async close() {
      const closed = once(child, "exit");
      await send("Browser.close", {});
      await closed;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Opens a page. Returns the id of the session that controls it. */
async function attach(send) {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  await send("Page.enable", {}, sessionId);
  return sessionId;
}

/** The DevTools protocol over two pipes: JSON messages, each with a zero byte at its end. */
function protocol(input, output) {
  const waiting = new Map();
  const events = new Map();
  let text = "";
  let id = 0;
  output.setEncoding("utf8").on("data", (piece) => {
    const messages = (text + piece).split("\0");
    text = messages.pop();
    for (const message of messages.map((each) => JSON.parse(each))) {
      const pending = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) pending?.reject(new Error(`Chromium: ${message.error.message}`));
      else pending?.resolve(message.result);
      events.get(message.method)?.();
      events.delete(message.method);
    }
  });
  return {
    send: (method, params, sessionId) =>
      new Promise((resolve, reject) => {
        id += 1;
        waiting.set(id, { resolve, reject });
        input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
      }),
    event: (method) => new Promise((resolve) => events.set(method, resolve)),
  };
}
