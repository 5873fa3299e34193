import type { ServiceError } from "../../wire/errors.js";
import { refusal } from "../../wire/errors.js";
import type { IamStatement } from "../policies/document.js";
import type { AccessDecision } from "../policies/evaluate.js";
import { textsOf } from "./call-keys.js";
import type { Principal } from "./principal.js";
import type { CallRequest } from "./resources.js";

/** The service that denies a call, and its protocol. An `upgrade` is a request that becomes a websocket. */
export interface DenyingService {
  readonly name: string;
  readonly protocol: "ec2" | "query" | "json" | "upgrade";
}

/**
 * The error of a denied call, in the words of AWS (IAM user guide, "Access denied error messages"). EC2 adds an encoded message about
 * requests on resources, which `DecodeAuthorizationMessage` decodes.
 */
export function denial(
  service: DenyingService,
  caller: Principal,
  request: CallRequest,
  decision: AccessDecision,
): ServiceError {
  const { action, resource } = request;
  const why =
    decision.denials.length > 0
      ? `with an explicit deny in ${articleOf(decision.by)} ${decision.by}`
      : `because no ${decision.by} allows the ${action} action`;
  const where = resource === "*" ? "" : ` on resource: ${resource}`;
  const text = `User: ${caller.arn} is not authorized to perform: ${action}${where} ${why}`;
  if (service.name === "ec2") {
    const encoded =
      resource === "*"
        ? ""
        : `. Encoded authorization failure message: ${encodeMessage(describeDenial(caller, request, decision))}`;
    return refusal("UnauthorizedOperation", `You are not authorized to perform this operation. ${text}${encoded}`, 403);
  }
  if (service.protocol === "query") return refusal("AccessDenied", text, 403);
  return refusal("AccessDeniedException", text, service.protocol === "upgrade" ? 403 : 400);
}

const articleOf = (by: AccessDecision["by"]): string => (by?.startsWith("identity") ? "an" : "a");

interface Items {
  readonly items: readonly unknown[];
}

const itemsOf = (values: readonly string[]): Items => ({ items: values.map((value) => ({ value })) });

/** What the encoded message says: the members and their order are those of STS. */
function describeDenial(caller: Principal, { action, resource, keys }: CallRequest, decision: AccessDecision): object {
  return {
    allowed: false,
    explicitDeny: decision.denials.length > 0,
    matchedStatements: { items: decision.denials.map((statement) => describeStatement(caller, statement)) },
    failures: { items: [] },
    context: {
      principal: { id: caller.userId, name: caller.userName, arn: caller.arn },
      action,
      resource,
      conditions: {
        items: Object.entries(keys).flatMap(([key, value]) =>
          value === undefined ? [] : [{ key, values: itemsOf(textsOf(value)) }],
        ),
      },
    },
  };
}

function describeStatement(caller: Principal, statement: IamStatement): object {
  const conditions = statement.conditions.map(({ key, values }) => ({ key, values: itemsOf(values) }));
  return {
    statementId: statement.sid ?? "",
    effect: statement.effect.toUpperCase(),
    principals: itemsOf([caller.userId]),
    principalGroups: { items: [] },
    actions: itemsOf(statement.actions),
    resources: itemsOf(statement.resources),
    conditions: { items: conditions },
  };
}

/** Encodes a message as one word of letters, digits, `-` and `_`. */
function encodeMessage(message: object): string {
  return Buffer.from(JSON.stringify(message)).toString("base64url");
}

/** Decodes a message that `denial` encoded. Returns undefined for any other text. */
export function decodeMessage(encoded: string): string | undefined {
  const decoded = Buffer.from(encoded, "base64url").toString("utf8");
  try {
    const message: unknown = JSON.parse(decoded);
    return typeof message === "object" && message !== null && "allowed" in message ? decoded : undefined;
  } catch {
    return undefined;
  }
}
