/** Places in a text, `{customer.name}`, filled with what is known. Pure. */

export interface Part {
  text: string;
  /** The place that it stands in, or that nothing is known of. */
  place: string | null;
  known: boolean;
}

const PLACE = /\{\s*([A-Za-z_][\w]*(?:\.[A-Za-z_][\w]*)*)\s*\}/g;

export function filled(text: string, known: ReadonlyMap<string, string>): Part[] {
  const parts: Part[] = [];
  let from = 0;
  const plain = (to: number): void => {
    if (to > from) parts.push({ text: text.slice(from, to), place: null, known: true });
  };
  for (const match of text.matchAll(PLACE)) {
    const place = match[1] ?? '';
    const value = known.get(place) ?? '';
    plain(match.index);
    parts.push({ text: value || `{${place}}`, place, known: value !== '' });
    from = match.index + match[0].length;
  }
  plain(text.length);
  return parts;
}

export const placesOf = (...texts: string[]): string[] => [...new Set(texts.flatMap((text) => [...text.matchAll(PLACE)].map((match) => match[1] ?? '')))];

/** The kinds whose records a text speaks of: `ticket` of `{ticket.number}`. */
export const kindsOf = (places: readonly string[], kinds: readonly string[]): string[] =>
  kinds.filter((kind) => places.some((place) => place.startsWith(`${kind}.`)));

export const plain = (parts: readonly Part[]): string => parts.map(({ text }) => text).join('');

export const missingOf = (parts: readonly Part[]): string[] => [...new Set(parts.filter(({ known }) => !known).flatMap(({ place }) => place ?? []))];
