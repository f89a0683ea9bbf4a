// Ownership of disposables: who creates a thing disposes of it, on the same line, through own(). No lifetime rules live elsewhere.

export type Disposable = { dispose(): unknown };

/** Disposes of everything it owns, newest first, once. */
export class Owner implements Disposable {
  /** How many owned things are alive in the whole extension; zero after deactivation. The host tests read it. */
  static #live = 0;

  readonly #owned: Disposable[] = [];
  #disposed = false;

  static get live(): number {
    return Owner.#live;
  }

  /** Takes ownership and gives the thing back. After dispose() it is disposed of at once. */
  own<T extends Disposable>(thing: T): T {
    if (this.#disposed) {
      thing.dispose();
      return thing;
    }
    this.#owned.push(thing);
    Owner.#live += 1;
    return thing;
  }

  /** Disposes of one owned thing before the others. */
  release(thing: Disposable): void {
    const at = this.#owned.indexOf(thing);
    if (at < 0) return;
    this.#owned.splice(at, 1);
    Owner.#live -= 1;
    thing.dispose();
  }

  dispose(): void {
    this.#disposed = true;
    for (let thing = this.#owned.pop(); thing; thing = this.#owned.pop()) {
      Owner.#live -= 1;
      thing.dispose();
    }
  }
}
