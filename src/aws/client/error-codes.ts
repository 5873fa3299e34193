/** What a failed AWS call means for what comes next. */
export type Failure =
  | "not-found"
  | "duplicate"
  | "throttled"
  | "denied"
  | "expired"
  | "capacity"
  | "pending-state"
  | "in-use"
  | "transient"
  | "no-credentials"
  | "invalid";

/** Codes that say that AWS does not know the keys at all, in contrast to keys that may not do a thing. */
const REFUSED_KEYS = `AuthFailure SignatureDoesNotMatch InvalidClientTokenId UnrecognizedClientException
  MissingAuthenticationToken InvalidAccessKeyId InvalidIdentityToken* OptInRequired`;

/** Codes of EC2, SSM, IAM and STS, and system errors, by what they mean; `*` stands for any text. The first match counts. */
const CODES: readonly (readonly [Failure, string])[] = [
  [
    "throttled",
    `RequestLimitExceeded Throttling* ThrottledException TooManyRequests* EC2ThrottledException SlowDown PriorRequestNotComplete
     BandwidthLimitExceeded RequestThrottled* *ConcurrentModification*`,
  ],
  ["expired", "ExpiredToken ExpiredTokenException RequestExpired TokenRefreshRequired"],
  [
    "denied",
    `UnauthorizedOperation AccessDenied AccessDeniedException Client.UnauthorizedOperation Blocked ${REFUSED_KEYS}`,
  ],
  ["no-credentials", "CredentialsProviderError TokenProviderError"],
  [
    "capacity",
    `InsufficientInstanceCapacity InsufficientCapacity InsufficientHostCapacity InsufficientReservedInstanceCapacity
     InsufficientFreeAddressesInSubnet InstanceLimitExceeded VcpuLimitExceeded MaxSpotInstanceCountExceeded SpotMaxPriceTooLow
     UnfulfillableCapacity Unsupported`,
  ],
  ["duplicate", "*.Duplicate *AlreadyExists *AlreadyExistsException"],
  [
    "in-use",
    `DependencyViolation ResourceInUse InvalidGroup.InUse VolumeInUse InvalidSnapshot.InUse DeleteConflict*
     InvalidIPAddress.InUse`,
  ],
  [
    "pending-state",
    `IncorrectInstanceState IncorrectState InvalidAMIID.Unavailable InvalidState* OperationNotPermitted.Pending
     IncorrectSpotRequestState`,
  ],
  [
    "not-found",
    "*.NotFound *NotFoundException NoSuchEntity NoSuchEntityException ParameterNotFound ParameterVersionNotFound",
  ],
  [
    "transient",
    `InternalError InternalFailure InternalServerError ServiceUnavailable* Unavailable ServerInternal TimeoutError RequestTimeout*
     ECONNRESET ECONNREFUSED EPIPE ETIMEDOUT EAI_AGAIN NetworkingError IDPCommunicationError CallDeadline`,
  ],
];

const PATTERNS = CODES.map(([failure, codes]) => [failure, codePattern(codes)] as const);
const REFUSED_KEYS_PATTERN = codePattern(REFUSED_KEYS);

/** The failure that a code stands for; undefined for one that is not listed. */
export function failureOfCode(code: string): Failure | undefined {
  return PATTERNS.find(([, pattern]) => pattern.test(code))?.[0];
}

/** Whether the code says that AWS does not accept the keys. */
export function refusesKeys(code: string): boolean {
  return REFUSED_KEYS_PATTERN.test(code);
}

function codePattern(codes: string): RegExp {
  const each = codes
    .trim()
    .split(/\s+/)
    .map((code) => code.replaceAll(".", "\\.").replaceAll("*", ".*"));
  return new RegExp(`^(${each.join("|")})$`);
}
