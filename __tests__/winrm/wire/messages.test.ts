import { describe, expect, test } from "@jest/globals";
import { readFault } from "../../../src/winrm/wire/fault.js";
import {
  commandRequest,
  createRequest,
  readCommandId,
  readEnvelope,
  readOutput,
  readShellId,
  sendRequest,
  writeEnvelope,
} from "../../../src/winrm/wire/soap.js";
import { childrenOf, findElement, readXml } from "../../../src/winrm/wire/xml.js";

const addressing = { to: "http://host:5985/wsman", messageId: "AAAA", timeout: 60 };
const envelope = (body: string) => `<s:Envelope xmlns:s="x"><s:Header/><s:Body>${body}</s:Body></s:Envelope>`;

test("a request has the headers of [MS-WSMV]", () => {
  const root = readXml(writeEnvelope(createRequest(), addressing));
  const [header] = childrenOf(root, "Header");
  const text = (name: string) => header && findElement(header, name)?.text;
  expect(text("To")).toBe("http://host:5985/wsman");
  expect(text("MessageID")).toBe("uuid:AAAA");
  expect(text("Action")).toBe("http://schemas.xmlsoap.org/ws/2004/09/transfer/Create");
  expect(text("ResourceURI")).toBe("http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd");
  expect(text("MaxEnvelopeSize")).toBe("512000");
  expect(text("OperationTimeout")).toBe("PT60S");
});

test("a command without cmd.exe has its arguments apart", () => {
  const request = commandRequest("S", { id: "C", line: 'program.exe "a b" c', cmd: false, input: true });
  expect(request.options).toEqual({ WINRS_CONSOLEMODE_STDIN: "FALSE", WINRS_SKIP_CMD_SHELL: "TRUE" });
  const root = readXml(writeEnvelope(request, addressing));
  expect(findElement(root, "Command")?.text).toBe("program.exe");
  expect(findElement(root, "Arguments")?.text).toBe('"a b" c');
});

test("the largest piece of input fits into an envelope", () => {
  const request = sendRequest("S".repeat(36), "C".repeat(36), Buffer.alloc(333_000), true);
  expect(writeEnvelope(request, addressing).length).toBeLessThan(500 * 1000);
});

test.each([
  ["the selector", '<r><w:SelectorSet><w:Selector Name="ShellId"> AB </w:Selector></w:SelectorSet></r>', "AB"],
  ["the shell", "<rsp:Shell><rsp:ShellId>CD</rsp:ShellId></rsp:Shell>", "CD"],
  ["nothing", "<rsp:Shell/>", undefined],
])("the ID of a shell is read from %s", (_name, body, expected) => {
  expect(readShellId(readEnvelope(envelope(body)))).toBe(expected);
});

test("output of both streams and the end are read", () => {
  const body = readEnvelope(
    envelope(
      '<ReceiveResponse><Stream Name="stdout">YQ==</Stream><Stream Name="stderr">Yg==</Stream><Stream Name="other">Yw==</Stream><Stream Name="stdout" End="true"/><CommandState State="x/CommandState/Done"><ExitCode>-1</ExitCode></CommandState></ReceiveResponse>',
    ),
  );
  expect(readOutput(body)).toEqual({
    pieces: [
      { stream: "stdout", bytes: Buffer.from("a") },
      { stream: "stderr", bytes: Buffer.from("b") },
    ],
    exitCode: -1,
  });
});

test.each(["<a/>", "<ReceiveResponse/>", '<ReceiveResponse><CommandState State="x/Running"/></ReceiveResponse>'])(
  "%s does not end a command",
  (body) => {
    expect(readOutput(readEnvelope(envelope(body)))).toEqual({ pieces: [], exitCode: undefined });
    expect(readCommandId(readEnvelope(envelope(body)))).toBeUndefined();
  },
);

describe("a fault", () => {
  const fault = (detail: string, reason = "<s:Reason><s:Text>The reason.</s:Text></s:Reason>") =>
    readFault(readEnvelope(envelope(`<s:Fault><s:Code/>${reason}<s:Detail>${detail}</s:Detail></s:Fault>`)));

  test.each([
    [
      "with code and message",
      fault('<f:WSManFault Code="5"><f:Message>Access is\n denied. </f:Message></f:WSManFault>'),
      5,
      "Access is denied (5)",
    ],
    [
      "of a provider",
      fault(
        '<f:WSManFault Code="2150858843"><f:Message><f:ProviderFault>Shell <b>gone</b></f:ProviderFault></f:Message></f:WSManFault>',
      ),
      2150858843,
      "Shell gone (2150858843)",
    ],
    ["with a reason alone", fault(""), undefined, "The reason"],
    ["without any text", fault("", ""), undefined, "a fault without a text"],
    [
      "with control characters",
      fault('<f:WSManFault Code="1"><f:Message>a&#27;[2Jb&#10;::error::c</f:Message></f:WSManFault>'),
      1,
      "ab ::error::c (1)",
    ],
  ])("%s", (_name, error, code, message) => {
    expect(error).toMatchObject({ code, message });
  });

  test("is shortened", () => {
    const error = fault(`<f:WSManFault Code="1"><f:Message>${"x".repeat(10_000)}</f:Message></f:WSManFault>`);
    expect(error?.message.length).toBeLessThan(700);
  });

  test("is not read from another body", () => {
    expect(readFault(readEnvelope(envelope("<a/>")))).toBeUndefined();
  });
});
