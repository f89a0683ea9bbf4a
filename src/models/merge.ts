// Several streams as one, a few of them running at a time.

/**
 * The items of all sources as they arrive. At most `width` sources run at once; a source starts when it is asked for its
 * first item. The first failure ends all of them. Sources are closed when the reader leaves early.
 */
export async function* merge<T>(sources: readonly AsyncIterable<T>[], width: number): AsyncGenerator<T> {
  const waiting = sources.map((source) => source[Symbol.asyncIterator]());
  const running = new Map<AsyncIterator<T>, Promise<readonly [AsyncIterator<T>, IteratorResult<T>]>>();
  const advance = (source: AsyncIterator<T>): void => {
    const next = source.next().then((result) => [source, result] as const);
    // Awaited by the race below, unless another source fails first.
    next.catch(() => {});
    running.set(source, next);
  };
  try {
    for (const source of waiting.splice(0, width)) advance(source);
    while (running.size > 0) {
      const [source, result] = await Promise.race(running.values());
      running.delete(source);
      if (result.done) {
        const next = waiting.shift();
        if (next) advance(next);
      } else {
        advance(source);
        yield result.value;
      }
    }
  } finally {
    // Not awaited: a source in the middle of a read ends its request by its signal, not by return().
    for (const source of running.keys()) source.return?.().catch(() => {});
  }
}
