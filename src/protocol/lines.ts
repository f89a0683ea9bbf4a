// Cuts the text of a pipe into lines. Only a newline ends a line: U+2028 may stand unescaped inside JSON.

/** Gives each complete line to `onLine`. A line that outgrows `limit` characters throws. */
export class LineReader {
  #rest = '';
  readonly #onLine: (line: string) => void;
  readonly #limit: number;

  constructor(onLine: (line: string) => void, limit: number) {
    this.#onLine = onLine;
    this.#limit = limit;
  }

  take(chunk: string): void {
    const [first = '', ...more] = chunk.split('\n');
    this.#rest += first;
    for (const next of more) {
      const line = this.#rest.endsWith('\r') ? this.#rest.slice(0, -1) : this.#rest;
      this.#rest = next;
      if (line !== '') this.#onLine(line);
    }
    if (this.#rest.length > this.#limit) throw new RangeError(`a line of more than ${this.#limit} characters`);
  }
}
