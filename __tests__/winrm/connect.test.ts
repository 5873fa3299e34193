import { createServer } from "node:net";
import { describe, expect, test } from "@jest/globals";
import { openWinrmCommunicator } from "../../src/communicators/winrm.js";
import { proxiedServer } from "../support/https-proxy.js";
import { connect, errorOf, fastClock, options, run, service } from "./open.js";

describe("the login", () => {
  test.each([
    ["Basic where it is offered", {}, {}, { method: "Basic", sealed: false }],
    ["NTLM with encryption on request", {}, { ntlm: true }, { method: "Negotiate", sealed: true }],
    [
      "NTLM with encryption on a stock image",
      { basic: false, unencrypted: false },
      {},
      { method: "Negotiate", sealed: true },
    ],
    [
      "NTLM with encryption, where Basic would not be encrypted",
      { unencrypted: false },
      {},
      { method: "Negotiate", sealed: true },
    ],
  ])("is by %s", async (_name, settings, more, expected) => {
    const target = await service(settings);
    const communicator = await connect(target, more);
    await run(communicator, "hostname");
    expect(target.calls.every((call) => call.method === expected.method && call.sealed === expected.sealed)).toBe(true);
    expect(communicator.connection()).toMatchObject({
      host: "127.0.0.1",
      winrm: { ntlm: expected.method === "Negotiate" },
    });
    expect(target.connections()).toBe(1);
  });

  test.each([
    ["Basic", {}, "Basic"],
    ["NTLM, without a second encryption", { ntlm: true }, "Negotiate"],
  ])("over HTTPS is by %s", async (_name, more, method) => {
    const target = await service({}, true);
    await run(await connect(target, { https: true, insecure: true, ...more }), "hostname");
    expect(target.calls.every((call) => call.method === method && !call.sealed)).toBe(true);
  });

  test.each(["secret", "p@ss\"w'o&r%d\r\n<>", "Pä\u4e2d\u{1f600}"])("takes the password %j", async (password) => {
    for (const ntlm of [false, true]) {
      const target = await service({ password });
      expect((await run(await connect(target, { ntlm, password }), "x")).end.status).toBe("exited");
    }
  });

  test.each(["Administrator", ".\\Administrator", "DOMAIN\\Administrator"])(
    "by NTLM takes the user %s",
    async (user) => {
      const target = await service({ basic: false });
      await connect(target, { user });
      expect(target.calls.length).toBeGreaterThan(0);
    },
  );

  test("changes to NTLM when a provisioner turns Basic off", async () => {
    const target = await service();
    const communicator = await connect(target);
    Object.assign(target.settings, { basic: false, unencrypted: false });
    expect((await run(communicator, "hostname")).end.status).toBe("exited");
    expect(target.calls.at(-1)).toMatchObject({ method: "Negotiate", sealed: true });
  });

  test("waits for Basic if the user data enables it, and then does not use NTLM", async () => {
    const target = await service({ basic: false });
    let attempts = 0;
    await connect(target, {
      waitForBasic: 300_000,
      onAttempt: (_elapsed, reason) => {
        attempts += 1;
        expect(reason).toContain("does not offer Basic yet");
        if (attempts === 5) target.settings.basic = true;
      },
    });
    expect(attempts).toBe(5);
    expect(target.calls.at(-1)?.method).toBe("Basic");
  });

  test("does not wait for Basic without an end", async () => {
    const target = await service({ basic: false });
    await connect(target, { waitForBasic: 60_000 });
    expect(target.calls.at(-1)?.method).toBe("Negotiate");
  });
});

describe("a connection that cannot be made", () => {
  test("to a closed port names it, and what to check", async () => {
    const closed = await service();
    await closed.close();
    const attempts: string[] = [];
    const given = options(closed, { timeout: 60_000, onAttempt: (_elapsed, reason) => attempts.push(reason) });
    expect(await errorOf(openWinrmCommunicator(given))).toMatchObject({
      code: "winrm-timeout",
      message: expect.stringMatching(
        /no connection to Administrator@127.0.0.1:\d+ within 1 minute: .*ECONNREFUSED.* \(\d+ times\)/,
      ),
      hint: expect.stringMatching(/user data enables WinRM.*security group/),
    });
    expect(attempts.length).toBeGreaterThan(10);
  });

  test.each([false, true])("for a wrong password ends before Windows locks the account, with NTLM %s", async (ntlm) => {
    const target = await service();
    const clock = fastClock();
    const began = clock.now();
    const given = options(target, { ntlm, password: "wrong", timeout: 1_800_000 });
    const surroundings = { ...given.surroundings, clock };
    expect(await errorOf(openWinrmCommunicator({ ...given, surroundings }))).toMatchObject({
      code: "winrm-authentication-failed",
      message: expect.stringContaining('the service refused the password of "Administrator" (9 times)'),
      hint: expect.stringContaining('"winrm_password"'),
    });
    expect(clock.now() - began).toBeGreaterThan(480_000);
  });

  test("for a password that the user data sets later is retried", async () => {
    const target = await service({ basic: false });
    await connect(target, { password: "new", onAttempt: () => Object.assign(target.settings, { password: "new" }) });
    expect(target.calls.length).toBeGreaterThan(0);
  });

  test.each([
    ["Basic alone, with NTLM requested", { ntlm: false }, { ntlm: true }, "does not offer NTLM"],
    ["nothing", { ntlm: false, basic: false }, {}, "offers no supported login (none)"],
  ])("because the service offers %s", async (_name, settings, more, reason) => {
    const target = await service(settings);
    expect(await errorOf(openWinrmCommunicator(options(target, { timeout: 30_000, ...more })))).toMatchObject({
      code: "winrm-timeout",
      message: expect.stringContaining(reason),
      hint: expect.stringContaining("winrm get winrm/config/service/auth"),
    });
  });

  test("because messages must be encrypted, and NTLM is off", async () => {
    const target = await service({ ntlm: false, accident: () => ({ do: "reply", status: 500 }) });
    expect(await errorOf(openWinrmCommunicator(options(target, { timeout: 30_000 })))).toMatchObject({
      code: "winrm-encryption-required",
      hint: expect.stringContaining("AllowUnencrypted"),
    });
  });

  test("because messages must be encrypted uses NTLM if the service offers it", async () => {
    const target = await service({
      accident: (call) => (call.sealed ? undefined : { do: "reply", status: 500 }),
    });
    await run(await connect(target), "x");
    expect(target.calls.at(-1)).toMatchObject({ sealed: true });
  });

  test("because of an exhausted quota names it", async () => {
    const target = await service({
      accident: () => ({ do: "fault", code: 2150859173, text: "30 concurrent shells." }),
    });
    expect(await errorOf(openWinrmCommunicator(options(target)))).toMatchObject({
      code: "winrm-quota",
      message: expect.stringContaining("30 concurrent shells (2150859173)"),
    });
  });

  test("because the user is not an administrator", async () => {
    const target = await service({ accident: () => ({ do: "fault", code: 5, text: "Access is denied." }) });
    expect(await errorOf(openWinrmCommunicator(options(target)))).toMatchObject({
      code: "winrm-authentication-failed",
      message: expect.stringContaining("Access is denied (5)"),
      hint: expect.stringContaining("member of Administrators"),
    });
  });

  test("ends at once when the run is cancelled", async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const abort = new AbortController();
    const port = typeof address === "object" && address ? address.port : 0;
    const opening = openWinrmCommunicator(options({ port }, { signal: abort.signal }));
    silent.once("connection", (socket) => {
      socket.on("error", () => undefined);
      abort.abort(new Error("cancelled by the user"));
    });
    await expect(opening).rejects.toThrow("cancelled by the user");
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe("a certificate", () => {
  test("that is not trusted is refused after a minute, with the option that accepts it", async () => {
    const target = await service({}, true);
    expect(await errorOf(openWinrmCommunicator(options(target, { https: true })))).toMatchObject({
      code: "winrm-certificate",
      message: expect.stringContaining("self-signed certificate"),
      hint: expect.stringContaining('"winrm_insecure"'),
    });
    expect(target.calls).toEqual([]);
  });

  test("is not checked with winrm_insecure", async () => {
    const target = await service({}, true);
    expect((await run(await connect(target, { https: true, insecure: true }), "x")).end.status).toBe("exited");
  });
});

describe("a reconnect", () => {
  test("waits for the machine, and the next command runs", async () => {
    const target = await service();
    const communicator = await connect(target);
    await communicator.reconnect(new AbortController().signal);
    expect(communicator.connected()).toBe(true);
    expect((await run(communicator, "x")).end.status).toBe("exited");
    expect(target.connections()).toBe(2);
  });

  test("is needed after the machine closed its connections while nothing was sent", async () => {
    const target = await service();
    const communicator = await connect(target);
    await run(communicator, "shutdown /r /t 5");
    expect(communicator.connected()).toBe(true);
    target.restart();
    while (communicator.connected()) await new Promise((resolve) => setImmediate(resolve));
    await communicator.reconnect(new AbortController().signal);
    expect(communicator.connected()).toBe(true);
  });

  test("follows pause_before_connecting", async () => {
    const target = await service();
    await connect(target, { pauseBeforeConnecting: 60_000 });
    expect(target.connections()).toBe(2);
  });
});

describe("a proxy", () => {
  const proxied = proxiedServer((_request, response) => response.writeHead(404).end(), false);

  test.each([
    ["HTTP_PROXY is used", {}, {}, 1],
    ["NO_PROXY is respected", { NO_PROXY: "127.0.0.1" }, {}, 0],
    ["winrm_no_proxy connects directly", {}, { noProxy: true }, 0],
  ])("%s", async (_name, env, more, tunnels) => {
    const target = await service();
    const given = options(target, { timeout: 1000, ...more });
    const surroundings = {
      ...given.surroundings,
      env: { HTTP_PROXY: `http://user:word@127.0.0.1:${proxied.proxyPort()}`, ...env },
    };
    const opened = await openWinrmCommunicator({ ...given, surroundings }).catch(() => undefined);
    await opened?.close();
    expect(proxied.tunnels.length > 0 ? 1 : 0).toBe(tunnels);
    if (tunnels > 0) {
      expect(proxied.tunnels[0]).toEqual({
        target: `127.0.0.1:${target.port}`,
        authorization: `Basic ${Buffer.from("user:word").toString("base64")}`,
      });
    }
  });
});
