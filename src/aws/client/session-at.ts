import type { AwsSession } from "./session.js";

/** The same way into the account with another region as its own; closing it is left to the one that opened it. */
export function sessionAt(session: AwsSession, region: string): AwsSession {
  return {
    ...session,
    region,
    ec2: (where = region) => session.ec2(where),
    ssm: (where = region) => session.ssm(where),
    secretsManager: (where = region) => session.secretsManager(where),
    ecr: (where = region) => session.ecr(where),
    autoScaling: (where = region) => session.autoScaling(where),
    reference: (where = region) => session.reference(where),
    close: () => undefined,
  };
}
