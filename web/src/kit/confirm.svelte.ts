/** A question to the person, one at a time: who is asked something else has said no to the first. */

export interface Asked {
  title: string;
  hint: string;
  /** What the button says that does it. */
  yes: string;
}

class Confirming {
  asked = $state.raw<Asked | null>(null);
  #answer: (yes: boolean) => void = () => undefined;

  ask(question: Asked): Promise<boolean> {
    this.#answer(false);
    this.asked = question;
    return new Promise((resolve) => (this.#answer = resolve));
  }

  answer(yes: boolean): void {
    this.asked = null;
    this.#answer(yes);
    this.#answer = () => undefined;
  }
}

export const confirming = new Confirming();

export const confirm = (question: Asked): Promise<boolean> => confirming.ask(question);
