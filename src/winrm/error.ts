import { BakeError, messageOf } from "../core/errors.js";
import { LoginRefused } from "./authenticate.js";
import { ConnectionLost } from "./http/connection.js";
import { CertificateRefused } from "./http/stream.js";
import { NotConnected } from "./lane.js";
import { EncryptionRequired } from "./session.js";
import { isQuota } from "./shell.js";
import { FAULT, WsmanFault } from "./wire/fault.js";

/**
 * Returns the `BakeError` for a request that failed (`winrm-unreachable`, `winrm-authentication-failed`, `winrm-certificate`, `winrm-quota`,
 * `winrm-encryption-required`, `winrm-fault`). Other errors are returned as they are.
 */
export function winrmError(error: unknown, place: string): unknown {
  if (error instanceof NotConnected) {
    return error.cause instanceof BakeError ? error.cause : (refusal(error.cause, place) ?? unreachable(error, place));
  }
  if (error instanceof ConnectionLost) return unreachable(error, place);
  return refusal(error, place) ?? error;
}

function unreachable(error: Error, place: string): BakeError {
  return new BakeError(`WinRM at ${place} is not reachable: ${messageOf(error)}`, {
    code: "winrm-unreachable",
    hint: "Check whether the machine is restarting, or whether a provisioner changed its network, firewall or WinRM settings.",
    cause: error,
  });
}

function refusal(error: unknown, place: string): BakeError | undefined {
  const text = `WinRM at ${place}: ${messageOf(error)}`;
  if (error instanceof LoginRefused && error.wrongPassword) {
    return new BakeError(text, {
      code: "winrm-authentication-failed",
      hint: "Check whether a provisioner changed the password or the rights of the user.",
      cause: error,
    });
  }
  if (error instanceof CertificateRefused) {
    return new BakeError(text, {
      code: "winrm-certificate",
      hint: 'Set "winrm_insecure" to true to accept a self-signed certificate.',
      cause: error,
    });
  }
  if (error instanceof EncryptionRequired) {
    return new BakeError(`WinRM at ${place} accepts only encrypted messages: ${messageOf(error)}`, {
      code: "winrm-encryption-required",
      hint: 'Set "winrm_use_ntlm" to true, or use HTTPS ("winrm_use_ssl").',
      cause: error,
    });
  }
  if (!(error instanceof WsmanFault)) return undefined;
  if (isQuota(error)) {
    return new BakeError(text, {
      code: "winrm-quota",
      hint: "Increase MaxShellsPerUser in the user data: winrm set winrm/config/winrs '@{MaxShellsPerUser=\"30\"}'.",
      cause: error,
    });
  }
  const denied = error.code === FAULT.accessDenied || error.code === FAULT.wrongPassword;
  return new BakeError(text, {
    code: denied ? "winrm-authentication-failed" : "winrm-fault",
    hint: denied ? "The user must be a member of Administrators." : undefined,
    cause: error,
  });
}
