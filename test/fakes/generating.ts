// A generator in front of a model server with recorded answers, without the waits between its tries.

import { Generator, type GeneratorOptions } from '../../src/models/generator.ts';
import type { Connection } from '../../src/models/connection.ts';
import type { GenerateRequest, Piece } from '../../src/repair/loop.ts';
import { FakeModel, type FakeModelOptions, type Reply } from './model.ts';

export const REQUEST: GenerateRequest = {
  messages: [{ role: 'user', content: 'Correct f.' }],
  n: 3,
  temperature: 0.7,
  seed: 5,
  maxTokens: 200,
};
export const TEXTS = ['first answer, long enough for several pieces of text', 'second', 'third'];
export const ANSWERS: Reply = { kind: 'answers', texts: TEXTS };
export const NEVER = new AbortController().signal;

type Read = { readonly text: string; readonly tokens: number; readonly truncated: boolean };

/** The finished answers by index. */
export async function read(pieces: AsyncIterable<Piece>): Promise<readonly (Read | undefined)[]> {
  const texts: string[] = [];
  const ended: Read[] = [];
  for await (const piece of pieces) {
    if (piece.type === 'text') texts[piece.index] = (texts[piece.index] ?? '') + piece.text;
    else ended[piece.index] = { text: texts[piece.index] ?? '', tokens: piece.tokens, truncated: piece.truncated };
  }
  return ended;
}

/** Servers and generators of one test. */
export class Generating {
  readonly #servers: FakeModel[] = [];
  /** Milliseconds of every wait that was asked for. */
  readonly waits: number[] = [];

  async serve(options: FakeModelOptions | Reply): Promise<FakeModel> {
    const server = await FakeModel.start('script' in options ? options : { script: () => options });
    this.#servers.push(server);
    return server;
  }

  generator(server: FakeModel, over: Partial<Connection> = {}, options: GeneratorOptions = {}): Generator {
    const pause = async (ms: number): Promise<void> => {
      this.waits.push(ms);
      await Promise.resolve();
    };
    return new Generator({ url: server.url, key: null, model: null, ...over }, { pause, ...options });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.splice(0).map((server) => server.stop()));
  }
}
