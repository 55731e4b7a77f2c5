/** Joins a control with its label and with what is said of it, in the words that a screen reader understands. */

export interface About {
  id: string;
  required: boolean;
  refused: boolean;
  /** The id of what is said of it. */
  about: string | undefined;
}

/** `field`: the label's element, in which the one control stands. */
export function join(field: Pick<ParentNode, 'querySelector'>, { id, required, refused, about }: About): void {
  const control = field.querySelector<HTMLInputElement>('input, select, textarea');
  if (!control) return;
  control.id = id;
  if (required) control.required = true;
  if (refused) control.setAttribute('aria-invalid', 'true');
  else control.removeAttribute('aria-invalid');
  if (about === undefined) control.removeAttribute('aria-describedby');
  else control.setAttribute('aria-describedby', about);
}
