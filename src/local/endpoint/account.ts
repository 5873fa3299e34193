/** The one account of the local cloud. */
export const ACCOUNT = "123456789012";
