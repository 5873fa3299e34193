/** An error of the service: its code, its message, its HTTP status. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(message);
    this.name = "ServiceError";
    this.code = code;
    this.status = status;
  }
}

/** An error in the words of the service; `status` is the HTTP status. */
export function refusal(code: string, message: string, status = 400): ServiceError {
  return new ServiceError(code, message, status);
}

/** The error about a required parameter that the call does not have. */
export function missing(name: string): ServiceError {
  return refusal("MissingParameter", `The request must contain the parameter ${name}`);
}

/** The error about a parameter with an invalid value. */
export function invalid(name: string, value: string, why = "Invalid value."): ServiceError {
  return refusal("InvalidParameterValue", `Value (${value}) for parameter ${name} is invalid. ${why}`);
}
