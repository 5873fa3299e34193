/** How long each change lasts in the local cloud, in seconds before scaling. */
export interface Times {
  /** One API round trip. */
  readonly call: number;
  /** RunInstances, StartInstances: pending -> running. */
  readonly launch: number;
  /** running -> status checks pass. */
  readonly check: number;
  /** StopInstances: stopping -> stopped. */
  readonly stop: number;
  /** TerminateInstances: shutting-down -> terminated. */
  readonly terminate: number;
  /** running -> the SSM agent is connected. */
  readonly agent: number;
  /** running -> EC2Launch has set the administrator's password of a Windows instance. */
  readonly password: number;
  /** EnableFastLaunch: enabling -> enabled. */
  readonly fastLaunch: number;
  /** How long a terminated instance's interface still holds its security groups. */
  readonly release: number;
  /** CreateImage -> available. */
  readonly image: number;
  /** CopyImage -> available; a region's copy lasts between 0.75 and 1.25 of it, always the same. */
  readonly copy: number;
  /** RegisterImage -> available. */
  readonly register: number;
  /** CreateSnapshot -> completed. */
  readonly snapshot: number;
  /** How long the mappings of a pending image do not name their snapshots. */
  readonly mapping: number;
  /** How long a new id is unknown to other calls. */
  readonly consistency: number;
  /** How long a new instance profile is unknown to RunInstances. */
  readonly profile: number;
  /** PutParameter of an `aws:ec2:image` -> validated, and visible if the image is available. */
  readonly parameter: number;
  /** CreateVolume: creating -> available. */
  readonly volume: number;
}

/** About the times of the real service for a small Linux image. */
export const REAL_TIMES: Times = {
  call: 0,
  launch: 7,
  check: 20,
  agent: 12,
  password: 240,
  fastLaunch: 600,
  stop: 18,
  terminate: 35,
  release: 5,
  image: 150,
  copy: 300,
  register: 4,
  snapshot: 120,
  mapping: 9,
  consistency: 1.5,
  profile: 8,
  parameter: 3,
  volume: 2,
};

/** The clock of the local cloud. */
export interface Timing {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A modelled time, in real milliseconds. */
  readonly of: (name: keyof Times) => number;
}

/** @param scale what a second of the cloud lasts here; 0 makes everything instant. */
export function timing(times: Times, scale: number, now: () => number): Timing {
  return { now, of: (name) => times[name] * scale * 1000 };
}

/** How long a copy into a region lasts, in milliseconds: some regions are always slower than others. */
export function copyTime(time: Timing, region: string): number {
  const share = [...region].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1000, 7) / 1000;
  return time.of("copy") * (0.75 + share / 2);
}

/** A moment as EC2 writes it: `2026-11-21T05:00:00.000Z`. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}
