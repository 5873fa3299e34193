/** What is used of the client: imported when it is first needed, so that a bundle holds no more than this. */
export { EC2Client } from "@aws-sdk/client-ec2";
