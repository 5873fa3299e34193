import type { Environment } from "./surroundings.js";

/** Returns the proxy for a URL by `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (upper or lower case); undefined for none. */
export function proxyFor(target: URL, env: Environment): URL | undefined {
  const secure = target.protocol === "https:";
  const proxy = secure ? env.https_proxy || env.HTTPS_PROXY : env.http_proxy || env.HTTP_PROXY;
  const port = Number(target.port || (secure ? 443 : 80));
  if (!proxy || !URL.canParse(proxy) || isExempt(target.hostname, port, env.no_proxy || env.NO_PROXY || "")) {
    return undefined;
  }
  return new URL(proxy);
}

/** Entries of the list: `*`, a host, or a domain with or without a leading dot; each with or without a port. */
function isExempt(host: string, port: number, list: string): boolean {
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const [, name = entry, only] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (only !== undefined && Number(only) !== port) return false;
      const domain = name.replace(/^\*?\./, "").toLowerCase();
      return host.toLowerCase() === domain || host.toLowerCase().endsWith(`.${domain}`);
    });
}

/** Returns the header with the credentials of a proxy's URL; no header if it has none. */
export function proxyAuthorization(proxy: URL): Readonly<Record<string, string>> {
  if (proxy.username === "") return {};
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(user).toString("base64")}` };
}
