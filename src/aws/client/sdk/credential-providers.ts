/** What is used of the providers: imported when no keys are given, so that a bundle holds no more than this. */
export {
  createCredentialChain,
  fromIni,
  fromNodeProviderChain,
  fromProcess,
  fromSSO,
  fromTokenFile,
} from "@aws-sdk/credential-providers";
