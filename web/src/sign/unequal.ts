/** A password that was written twice, each time otherwise: refused here as the server would refuse a field. */
export const unequal = (): Record<string, unknown> => ({ fields: [{ field: 'again', code: 'not_the_same', detail: '' }] });
