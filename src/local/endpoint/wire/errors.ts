/** An error answer of the service: its code, its message, its HTTP status. */
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

/** A refusal in the words of the service; 400 unless the service answers another status. */
export function refusal(code: string, message: string, status = 400): ServiceError {
  return new ServiceError(code, message, status);
}

/** A parameter that the call must have and has not. */
export function missing(name: string): ServiceError {
  return refusal("MissingParameter", `The request must contain the parameter ${name}`);
}

/** A parameter whose value the service does not take. */
export function invalid(name: string, value: string, why = "Invalid value."): ServiceError {
  return refusal("InvalidParameterValue", `Value (${value}) for parameter ${name} is invalid. ${why}`);
}
