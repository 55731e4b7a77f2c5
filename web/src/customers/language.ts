/** The name of a language (`zh`, `en-GB`) in the reader's own; what is no tag stays as it is. Pure. */
export function languageName(tag: string, reader: string): string {
  try {
    return new Intl.DisplayNames([reader], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
