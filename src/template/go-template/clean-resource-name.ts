/** Text with each byte of UTF-8 that an AMI name may not hold replaced by `-` (Packer's `clean_resource_name`). */
export function cleanResourceName(text: string): string {
  return text.replace(/[^a-zA-Z0-9()[\] ./\-'@_]/gu, (char) => "-".repeat(new TextEncoder().encode(char).length));
}
