import type { MessageSocket } from "../../../tunnels/websocket.js";
import type { CallRecord } from "./calls.js";
import { applyFault, type Fault } from "./faults.js";

/** What goes wrong in one tunnel, and the record of it. */
export interface Trouble {
  /** Whether the token of the session has expired before the websocket opens. */
  readonly hasExpired: boolean;
  /** Returns the websocket as the two ends see it. `end` ends the session, with text for the client. */
  apply(socket: MessageSocket, end: (output: string) => void): MessageSocket;
}

/** How the service closes a data channel after an hour. */
const HOURLY = [1000, "Bye"] as const;

/** Returns the trouble of a fault; undefined is none. Its number of messages is counted in the record. */
export function troubleOf(fault: Fault | undefined, record: CallRecord, clientPid: number | undefined): Trouble {
  if (fault?.do === "expire") record.error = fault.do;
  return {
    hasExpired: fault?.do === "expire",
    apply(socket, end) {
      let stalled = false;
      const strike = (): void => {
        record.error = fault?.do;
        stalled = fault?.do === "drop" || fault?.do === "stall";
        if (fault?.do === "drop") socket.drop();
        else if (fault?.do === "close") socket.close(...HOURLY);
        else if (fault?.do === "end") end("Terminated by an administrator");
        // A kill ends the client, and so the connection.
        else if (fault && fault.do !== "stall") applyFault(fault, clientPid).catch(() => undefined);
      };
      const up = lane(fault, record);
      const down = lane(fault, record);
      return {
        ...socket,
        send: (bytes) => stalled || down(() => socket.send(bytes)),
        onMessage: (listener) =>
          socket.onMessage((bytes) => {
            record.messages = (record.messages ?? 0) + 1;
            if (!isFromStart(fault) && record.messages === (fault?.messages ?? 1)) strike();
            if (!stalled) up(() => listener(bytes));
          }),
      };
    },
  };
}

function isFromStart(fault: Fault | undefined): boolean {
  return fault === undefined || fault.do === "lose" || fault.do === "delay" || fault.do === "expire";
}

/** Returns a direction of a tunnel: a function that passes a message on, late, or not at all. */
function lane(fault: Fault | undefined, record: CallRecord): (pass: () => void) => void {
  let count = 0;
  return (pass) => {
    count += 1;
    if (fault?.do === "lose" && count % (fault.messages ?? 100) === 0) record.error = fault.do;
    else if (fault?.do === "delay") {
      record.error = fault.do;
      setTimeout(pass, (fault.seconds ?? 0.1) * 1000).unref();
    } else pass();
  };
}
