import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { interruptible } from "../../src/engine/interruption.js";

const DEADLINES = { interrupt: 9000, terminate: 2000 };

function start() {
  const source = new EventEmitter();
  const told: string[] = [];
  const exits: number[] = [];
  const interruption = interruptible(
    source,
    DEADLINES,
    (text) => told.push(text),
    () => exits.push(1),
  );
  return { source, told, exits, interruption };
}

describe("interruptible", () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test("the first SIGINT aborts the run once, and leaves time for releases", () => {
    const { source, told, interruption } = start();
    source.emit("SIGINT");
    expect(interruption.signal.aborted).toBe(true);
    expect(told).toEqual(["Cancelling build after receiving interrupt"]);
    jest.advanceTimersByTime(8999);
    expect(interruption.releaseSignal.aborted).toBe(false);
    jest.advanceTimersByTime(1);
    expect(interruption.releaseSignal.aborted).toBe(true);
  });

  test("a SIGTERM after it only shortens the time", () => {
    const { source, told, exits, interruption } = start();
    source.emit("SIGINT");
    jest.advanceTimersByTime(1000);
    source.emit("SIGTERM");
    expect(told).toHaveLength(1);
    expect(exits).toEqual([]);
    jest.advanceTimersByTime(2000);
    expect(interruption.releaseSignal.aborted).toBe(true);
  });

  test("a late SIGTERM does not lengthen it", () => {
    const { source, interruption } = start();
    source.emit("SIGINT");
    jest.advanceTimersByTime(8500);
    source.emit("SIGTERM");
    jest.advanceTimersByTime(500);
    expect(interruption.releaseSignal.aborted).toBe(true);
  });

  test("a second SIGINT exits", () => {
    const { source, exits } = start();
    source.emit("SIGINT");
    source.emit("SIGINT");
    expect(exits).toEqual([1]);
  });

  test.each(["SIGTERM", "SIGHUP"])("%s alone cancels like an interrupt", (signal) => {
    const { source, interruption } = start();
    source.emit(signal);
    expect(interruption.signal.aborted).toBe(true);
    expect(interruption.releaseSignal.aborted).toBe(false);
  });

  test("stop takes its handlers off", () => {
    const { source, interruption } = start();
    interruption.stop();
    expect(source.eventNames()).toEqual([]);
  });
});
