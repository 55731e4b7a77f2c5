/**
 * The router's sentences name contacts by number; a person knows only the one on hand. In the first line that
 * one is meant, in the list below the queue behind the number says enough. Pure.
 */
export function withoutNumbers(sentences: string, own: string): string {
  const [first = '', ...rest] = sentences.split('\n');
  const below = rest.map((line) => line.replaceAll(/#\d+\s*[(（]([^)）]*)[)）]/g, '$1').replaceAll(/#\d+/g, '·'));
  return [first.replaceAll(/#\d+/g, own), ...below].join('\n');
}
