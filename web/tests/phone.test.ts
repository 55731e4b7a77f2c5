import { describe, expect, it } from 'vitest';

import { md5Only } from '../src/phone/challenge';

const answer = (...challenges: string[]): string =>
  ['SIP/2.0 401 Unauthorized', 'CSeq: 1 REGISTER', ...challenges, 'Content-Length: 0', '', ''].join('\r\n');

const MD5 = 'WWW-Authenticate: Digest realm="carillon", nonce="a", algorithm=MD5, qop="auth"';
const SHA = 'WWW-Authenticate: Digest realm="carillon", nonce="a", algorithm=SHA-256, qop="auth"';
const PLAIN = 'WWW-Authenticate: Digest realm="carillon", nonce="a"';

describe('challenges for JsSIP', () => {
  it.each([
    ['both', [MD5, SHA], [MD5]],
    ['the other way round', [SHA, MD5], [MD5]],
    ['without an algorithm it is MD5', [PLAIN, SHA], [PLAIN]],
    ['MD5-sess is another one', [MD5.replace('MD5,', 'MD5-sess,'), MD5], [MD5]],
  ])('%s', (_, given, kept) => {
    expect(md5Only(answer(...given))).toBe(answer(...kept));
  });

  it('leaves every other message alone', () => {
    const invite = `INVITE sip:x SIP/2.0\r\n${SHA}\r\n\r\n`;
    expect(md5Only(invite)).toBe(invite);
  });
});
