/**
 * Beside every file of the build that gets smaller by it: NAME.br and NAME.gz, which the server gives to browsers
 * that take them. Made once, here, as small as it goes.
 */

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** Shorter ones fit in a packet or two as they are. */
const SMALLEST = 512;
const TEXTS = /\.(js|css|html|svg|json)$/;

export function compressed(): Plugin {
  let folder = '';
  return {
    name: 'compressed',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name);
        if (entry.isFile() && TEXTS.test(entry.name)) compress(path);
      }
    },
  };
}

function compress(path: string): void {
  const plain = readFileSync(path);
  if (plain.length < SMALLEST) return;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
  const coded = { br: brotliCompressSync(plain, { params }), gz: gzipSync(plain, { level: 9 }) };
  for (const [suffix, bytes] of Object.entries(coded)) {
    if (bytes.length < plain.length * 0.95) writeFileSync(`${path}.${suffix}`, bytes);
  }
}
