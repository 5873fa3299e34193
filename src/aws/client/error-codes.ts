/** The kind of failure of an AWS call. It decides how the caller continues. */
export type Failure =
  | "not-found"
  | "duplicate"
  | "throttled"
  | "denied"
  | "expired"
  | "capacity"
  | "quota"
  | "pending-state"
  | "in-use"
  | "transient"
  | "no-credentials"
  | "invalid";

/** Codes for keys that AWS rejects, in contrast to keys without a permission. */
const REJECTED_KEYS = `AuthFailure SignatureDoesNotMatch InvalidClientTokenId UnrecognizedClientException
  MissingAuthenticationToken InvalidAccessKeyId InvalidIdentityToken* OptInRequired`;

/** Codes of EC2, SSM, IAM and STS, and system errors, by kind of failure. `*` matches any text. The first match counts. */
const CODES: readonly (readonly [Failure, string])[] = [
  [
    "throttled",
    `RequestLimitExceeded Throttling* ThrottledException TooManyRequests* EC2ThrottledException SlowDown PriorRequestNotComplete
     BandwidthLimitExceeded RequestThrottled* *ConcurrentModification*`,
  ],
  ["expired", "ExpiredToken ExpiredTokenException RequestExpired TokenRefreshRequired"],
  [
    "denied",
    `UnauthorizedOperation AccessDenied AccessDeniedException AuthException Client.UnauthorizedOperation Blocked ${REJECTED_KEYS}`,
  ],
  ["no-credentials", "CredentialsProviderError TokenProviderError"],
  [
    "capacity",
    `InsufficientInstanceCapacity InsufficientCapacity InsufficientHostCapacity InsufficientReservedInstanceCapacity
     InsufficientFreeAddressesInSubnet InsufficientVolumeCapacity VolumeTypeNotAvailableInZone SpotMaxPriceTooLow
     UnfulfillableCapacity`,
  ],
  [
    "quota",
    `InstanceLimitExceeded VcpuLimitExceeded MaxSpotInstanceCountExceeded VolumeLimitExceeded MaxIOPSLimitExceeded
     SnapshotLimitExceeded SecurityGroupLimitExceeded`,
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
     IncorrectSpotRequestState EC2InstanceStateInvalidException EC2InstanceUnavailableException`,
  ],
  [
    "not-found",
    `*.NotFound *NotFoundException NoSuchEntity NoSuchEntityException ParameterNotFound ParameterVersionNotFound
     DoesNotExistException`,
  ],
  [
    "transient",
    `InternalError InternalFailure InternalServerError ServiceException ServiceUnavailable* Unavailable ServerInternal TimeoutError RequestTimeout*
     ECONNRESET ECONNREFUSED EPIPE ETIMEDOUT EAI_AGAIN ENOTFOUND EHOSTUNREACH ENETUNREACH NetworkingError
     IDPCommunicationError CallDeadline`,
  ],
];

const PATTERNS = CODES.map(([failure, codes]) => [failure, codePattern(codes)] as const);
const REJECTED_KEYS_PATTERN = codePattern(REJECTED_KEYS);

/** Returns the kind of failure of a code; undefined for a code that is not listed. */
export function failureOfCode(code: string): Failure | undefined {
  return PATTERNS.find(([, pattern]) => pattern.test(code))?.[0];
}

/** Returns whether the code means that AWS rejects the keys. */
export function rejectsKeys(code: string): boolean {
  return REJECTED_KEYS_PATTERN.test(code);
}

function codePattern(codes: string): RegExp {
  const each = codes
    .trim()
    .split(/\s+/)
    .map((code) => code.replaceAll(".", "\\.").replaceAll("*", ".*"));
  return new RegExp(`^(${each.join("|")})$`);
}
