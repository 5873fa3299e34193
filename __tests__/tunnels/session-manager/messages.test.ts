import { describe, expect, test } from "@jest/globals";
import { incoming, outgoing } from "../../../src/tunnels/session-manager/flow.js";
import { isMultiplexed, readHandshake } from "../../../src/tunnels/session-manager/handshake.js";
import {
  acknowledgedSequence,
  acknowledgeMessage,
  type ChannelMessage,
  decodeMessage,
  encodeMessage,
  MESSAGE,
  PAYLOAD,
} from "../../../src/tunnels/session-manager/message.js";
import { multiplex } from "../../../src/tunnels/session-manager/smux.js";
import { fc } from "../../support/properties.js";

const ID = "01234567-89ab-cdef-0123-456789abcdef";

function message(given: Partial<ChannelMessage> = {}): ChannelMessage {
  return {
    type: MESSAGE.output,
    sequence: 7,
    flags: 1,
    payloadType: 1,
    id: ID,
    payload: Buffer.from("hello"),
    ...given,
  };
}

describe("messages", () => {
  test("are laid out as the agent's are", () => {
    const bytes = encodeMessage(message(), 1_700_000_000_000);
    expect(bytes.length).toBe(125);
    expect(bytes.readUInt32BE(0)).toBe(116);
    expect(bytes.toString("latin1", 4, 36)).toBe("output_stream_data".padEnd(32));
    // The last eight bytes of the UUID are first.
    expect(bytes.toString("hex", 64, 80)).toBe("0123456789abcdef0123456789abcdef");
    expect(bytes.toString("utf8", 120)).toBe("hello");
  });

  test("are read as they were written", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.nat(), fc.uuid(), (payload, sequence, id) => {
        const given = message({ payload: Buffer.from(payload), sequence, id });
        expect(decodeMessage(encodeMessage(given, 5))).toEqual(given);
      }),
    );
  });

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ["a message that is too short", (bytes) => bytes.subarray(0, 100)],
    ["a header longer than the message", (bytes) => Buffer.concat([Buffer.from([0, 0, 16, 0]), bytes.subarray(4)])],
    ["another payload than the digest says", (bytes) => Buffer.concat([bytes.subarray(0, 120), Buffer.from("jello")])],
    ["a payload of another length", (bytes) => bytes.subarray(0, 122)],
    ["a message of 5 MiB", () => encodeMessage(message({ payload: Buffer.alloc(5 * 1024 * 1024) }), 1)],
  ])("%s is refused", (_name, damage) => {
    expect(() => decodeMessage(damage(encodeMessage(message(), 1)))).toThrow();
  });

  test("an acknowledgement names the sequence number", () => {
    expect(acknowledgedSequence(acknowledgeMessage(message(), ID))).toBe(7);
    expect(acknowledgedSequence(message({ payload: Buffer.from("[]") }))).toBeUndefined();
  });
});

describe("the order of messages", () => {
  test("is restored, whatever arrives early, twice or late", () => {
    const arrivals = fc.array(fc.nat({ max: 19 }), { maxLength: 60 }).map((extra) => [...extra, ...Array(20).keys()]);
    fc.assert(
      fc.property(arrivals, (order) => {
        const input = incoming();
        const read = order.flatMap((sequence) => input.take(message({ sequence })).ready.map((each) => each.sequence));
        expect(read).toEqual([...Array(20).keys()]);
      }),
    );
  });

  test("a message that came before is acknowledged again: its acknowledgement may be lost", () => {
    const input = incoming();
    expect(input.take(message({ sequence: 0 }))).toMatchObject({ acknowledge: true });
    expect(input.take(message({ sequence: 0 }))).toEqual({ ready: [], acknowledge: true });
  });

  test("messages beyond the buffer are not acknowledged", () => {
    const input = incoming();
    const taken = Array.from({ length: 10_001 }, (_, at) => input.take(message({ sequence: at + 1 })).acknowledge);
    expect(taken.filter((acknowledged) => !acknowledged).length).toBe(1);
  });
});

describe("messages that are not acknowledged", () => {
  test("are sent again, the oldest first, after the round trip", () => {
    const out = outgoing();
    out.sent(out.next(), Buffer.from("a"), 0);
    out.sent(out.next(), Buffer.from("b"), 0);
    expect(out.overdue(200)).toBeUndefined();
    expect(String(out.overdue(201))).toBe("a");
    expect(out.acknowledged(0, 250)).toBe(true);
    expect(String(out.overdue(600))).toBe("b");
    expect(out.inFlight()).toBe(1);
  });

  test("wait for longer where the network is slow", () => {
    const out = outgoing();
    for (let at = 0; at < 50; at += 1) {
      out.sent(out.next(), Buffer.from("a"), at * 1000);
      out.acknowledged(at, at * 1000 + 700);
    }
    out.sent(out.next(), Buffer.from("b"), 100_000);
    expect(out.overdue(100_600)).toBeUndefined();
    expect(out.overdue(101_100)).toBeDefined();
  });
});

describe("the handshake", () => {
  const request = (actions: readonly object[], AgentVersion = "3.3.3572.0") =>
    message({
      payloadType: PAYLOAD.handshakeRequest,
      payload: Buffer.from(JSON.stringify({ AgentVersion, RequestedClientActions: actions })),
    });
  const port = (properties: object) => ({
    ActionType: "SessionType",
    ActionParameters: { SessionType: "Port", Properties: { portNumber: "22", ...properties } },
  });

  test.each([
    ["3.3.3572.0", { type: "LocalPortForwarding" }, true],
    ["3.0.197.0", { type: "LocalPortForwarding" }, true],
    ["3.0.196.0", { type: "LocalPortForwarding" }, false],
    ["2.3.722.0", { type: "LocalPortForwarding" }, false],
    ["3.3.3572.0", {}, false],
  ])("agent %s with %j multiplexes: %s", (version, properties, expected) => {
    expect(isMultiplexed(readHandshake(request([port(properties)], version)))).toBe(expected);
  });

  test.each([
    ["an action that is not known", [port({}), { ActionType: "New" }], /requires "New"/],
    [
      "a session with a shell",
      [{ ActionType: "SessionType", ActionParameters: { SessionType: "Standard_Stream" } }],
      /"Standard_Stream"/,
    ],
  ])("%s is refused, with the reason in the response", (_name, actions, reason) => {
    const { refusal, response } = readHandshake(request(actions));
    expect(refusal).toMatch(reason);
    expect(response(undefined).toString()).toMatch(/"ActionStatus":3/);
  });

  test("names the KMS key, and takes its data key or the reason why there is none", () => {
    const kms = { ActionType: "KMSEncryption", ActionParameters: { KMSKeyId: "alias/k" } };
    const { keyId, refusal, response } = readHandshake(request([port({}), kms]));
    expect({ keyId, refusal }).toEqual({ keyId: "alias/k", refusal: undefined });
    expect(JSON.parse(response({ ciphertext: "YWJj" }).toString())).toMatchObject({
      ProcessedClientActions: [
        { ActionType: "SessionType", ActionStatus: 1 },
        { ActionType: "KMSEncryption", ActionStatus: 1, ActionResult: { KMSCipherTextKey: "YWJj" } },
      ],
      Errors: [],
    });
    expect(JSON.parse(response({ failure: "denied" }).toString())).toMatchObject({
      ProcessedClientActions: [{ ActionStatus: 1 }, { ActionStatus: 2, Error: "denied" }],
      Errors: ["denied"],
    });
  });
});

describe("multiplexed streams", () => {
  test("have the same bytes whatever the cuts, and damaged frames end them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 400 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 50 }),
        (chunks, cut) => {
          const sent: Buffer[] = [];
          const write = (bytes: Buffer, done: () => void) => {
            sent.push(bytes);
            done();
          };
          const client = multiplex({ write, setReading: () => undefined });
          const stream = client.open();
          const received: Buffer[] = [];
          const server = multiplex({ write: (_bytes, done) => done(), setReading: () => undefined }, (opened) => {
            opened.on("readable", () => {
              for (let data = opened.read(); data !== null; data = opened.read()) received.push(data);
            });
            opened.resume = () => opened;
          });
          for (const chunk of chunks) stream.write(Buffer.from(chunk));
          const all = Buffer.concat(sent);
          for (let at = 0; at < all.length; at += cut) server.take(all.subarray(at, at + cut));
          expect(all.length).toBe(8 + chunks.reduce((sum, chunk) => sum + chunk.length + 8, 0));
          expect(() => server.take(Buffer.from("not a frame"))).toThrow("damaged");
        },
      ),
    );
  });
});
