/** Phone numbers as people read them: the server writes them in the form of the center's region. Pure. */

import type { ContactPoint } from '../api/wire';

/** A number or address, with its extension: `021 5550 0100 #12`. It is read back as the same. */
export const reached = ({ value, shown, extension }: ContactPoint): string =>
  [shown ?? value, extension ? `#${extension}` : ''].filter(Boolean).join(' ');
