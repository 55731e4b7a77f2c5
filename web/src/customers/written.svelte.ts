/** How often this desktop has written to whom: who shows what was written looks again. */

class Written {
  #sent = $state.raw<Readonly<Record<number, number>>>({});

  of(customer: number): number {
    return this.#sent[customer] ?? 0;
  }

  note(customer: number): void {
    this.#sent = { ...this.#sent, [customer]: this.of(customer) + 1 };
  }
}

export const written = new Written();
