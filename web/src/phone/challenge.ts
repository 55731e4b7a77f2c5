/**
 * Carillon offers a digest by MD5 and one by SHA-256 (RFC 8760). JsSIP knows MD5 only and keeps the last
 * challenge it reads, so it must not see the other. Pure.
 */

const CHALLENGE = /^(?:www|proxy)-authenticate\s*:/i;
const FOREIGN = /\balgorithm\s*=\s*"?(?!MD5(?![\w-]))[\w-]+/i;

export function md5Only(message: string): string {
  if (!/^SIP\/2\.0 40[17] /.test(message)) return message;
  return message
    .split('\r\n')
    .filter((line) => !(CHALLENGE.test(line) && FOREIGN.test(line)))
    .join('\r\n');
}
