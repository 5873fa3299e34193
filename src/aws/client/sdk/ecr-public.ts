/** What is used of the client: imported when it is first needed, so that a bundle holds no more than this. */
export { ECRPUBLICClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr-public";
