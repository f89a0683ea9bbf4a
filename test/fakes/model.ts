// An OpenAI-compatible server with recorded answers, on a free loopback port. It plays the mishaps of real servers on
// request, and counts what it is asked and what is still open, so that a test can see an abort arrive.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ModelRequest = {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly n: number;
  readonly temperature: number;
  readonly stream: boolean;
  /** 1 for a conversation without any answer in it yet. */
  readonly turn: number;
  readonly seed: number | null;
  /** The names of everything in the body. */
  readonly fields: readonly string[];
  /** The names of the request's headers. */
  readonly headers: readonly string[];
};

/** How one chat request is answered. */
export type Reply =
  /** The turn's answers in order, one per choice; more choices than answers begin again from the first. */
  | { readonly kind: 'answers'; readonly texts: readonly string[] }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly message: string;
      readonly headers?: Record<string, string>;
    }
  /** The connection breaks before any answer, on request after the headers. */
  | { readonly kind: 'reset'; readonly afterHeaders?: boolean }
  /** Some text of every choice, then an orderly end without a finish. */
  | { readonly kind: 'unfinished'; readonly text: string }
  /** Some text of every choice, then an error inside the stream. */
  | { readonly kind: 'error'; readonly text: string; readonly message: string }
  /** Some text of every choice, then the connection breaks. */
  | { readonly kind: 'cut'; readonly text: string }
  /** The same line again and again until the client goes away. */
  | { readonly kind: 'endless'; readonly line: string }
  /** Headers, then nothing until the client goes away. */
  | { readonly kind: 'silent' };

export type Script = (request: ModelRequest, count: number) => Reply;

export type FakeModelOptions = {
  /** `count` is 1 for the first chat request. */
  readonly script: Script;
  /** Without it every key is welcome. */
  readonly key?: string;
  /** A server that ignores `n` answers with one choice, whatever was asked. Default true. */
  readonly honoursN?: boolean;
  /** Fields of the body that the server refuses with 400, as some real ones do. */
  readonly refuses?: readonly string[];
  /** What /v1/models lists. Default `recorded`. */
  readonly models?: readonly string[];
  /** Whether the tokens are told at the end of a stream. Default true. */
  readonly usage?: boolean;
  /** Scores of the programs, as a gateway with a verifier gives them; without it there is no such route. */
  readonly scores?: (programs: readonly string[]) => readonly number[] | Promise<readonly number[]>;
};

/** What a gateway with a verifier says of itself. */
export const HEALTHZ = { status: 'ok', state: 'ready' };
export const STATE = {
  ...HEALTHZ,
  message: 'Ready.',
  engine: 'sglang',
  device: 'cpu',
  model: 'recorded',
  context_length: 4096,
  log: [],
  verifier: 'verifier@r1',
  verifier_state: 'ready',
  verifier_message: 'Ready.',
  started_s: 1,
};

/** About one token, as real servers send. */
const CHUNK_CHARS = 4;
const ENDLESS_EVERY_MS = 2;

export class FakeModel {
  readonly requests: ModelRequest[] = [];
  readonly #server: Server;
  readonly #options: FakeModelOptions;
  readonly #open = new Set<ServerResponse>();
  readonly #given = new Map<number, number>();

  private constructor(server: Server, options: FakeModelOptions) {
    this.#server = server;
    this.#options = options;
    server.on('request', (request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  static async start(options: FakeModelOptions): Promise<FakeModel> {
    const server = createServer();
    const fake = new FakeModel(server, options);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  /** The base URL for a client, `/v1` included. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /** Chat requests whose answer has neither ended nor been given up by the client. */
  get open(): number {
    return this.#open.size;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { key } = this.#options;
    if (key !== undefined && request.url !== '/healthz' && request.headers.authorization !== `Bearer ${key}`) {
      return refuse(response, 401, 'Incorrect API key provided.');
    }
    if (request.url === '/v1/models') {
      const { models = ['recorded'] } = this.#options;
      const data = models.map((id) => ({ id, object: 'model', owned_by: 'tests' }));
      return json(response, 200, { object: 'list', data });
    }
    if (request.url === '/healthz' && this.#options.scores) return json(response, 200, HEALTHZ);
    if (request.url === '/v1/state' && this.#options.scores) return json(response, 200, STATE);
    if (request.url === '/v1/scores' && this.#options.scores) {
      const { programs } = (await bodyOf(request)) as { programs: readonly string[] };
      const scores = await this.#options.scores(programs);
      const probabilities = scores.map((score) => 1 / (1 + Math.exp(-score)));
      return json(response, 200, { scores, probabilities, revision: 'r1' });
    }
    if (request.url !== '/v1/chat/completions') return refuse(response, 404, `No route ${request.url}.`);
    const asked = await parsed(request);
    this.requests.push(asked);
    this.#open.add(response);
    response.on('close', () => this.#open.delete(response));
    const refused = this.#options.refuses?.find((field) => asked.fields.includes(field));
    if (refused !== undefined) return refuse(response, 400, `Unsupported parameter: '${refused}'.`);
    await this.#play(this.#options.script(asked, this.requests.length), asked, response);
  }

  async #play(reply: Reply, request: ModelRequest, response: ServerResponse): Promise<void> {
    const choices = this.#options.honoursN === false ? 1 : request.n;
    switch (reply.kind) {
      case 'status':
        return refuse(response, reply.status, reply.message, reply.headers);
      case 'answers': {
        const texts = this.#next(reply.texts, request.turn, choices);
        const usage = this.#options.usage ?? true;
        return request.stream ? stream(response, texts, usage) : json(response, 200, completion(texts));
      }
      case 'reset':
        if (reply.afterHeaders === true) {
          begin(response);
          await new Promise((resolve) => response.write('\n', resolve));
        }
        return void response.destroy();
      case 'unfinished':
        begin(response);
        for (let index = 0; index < choices; index += 1) send(response, piece(index, { content: reply.text }));
        return void response.end();
      case 'error':
        begin(response);
        for (let index = 0; index < choices; index += 1) send(response, piece(index, { content: reply.text }));
        send(response, { error: { message: reply.message, type: 'recorded', code: 500 } });
        return void response.end();
      case 'cut':
        begin(response);
        for (let index = 0; index < choices; index += 1) send(response, piece(index, { content: reply.text }));
        await new Promise((resolve) => response.write('\n', resolve)); // on its way before the connection breaks
        response.destroy();
        return;
      case 'endless':
        begin(response);
        return endless(response, choices, reply.line);
      case 'silent':
        begin(response);
        response.flushHeaders();
    }
  }

  /** A turn's answers go round in order, also over several requests: that is how a client gets N from a server without `n`. */
  #next(texts: readonly string[], turn: number, count: number): readonly string[] {
    const from = this.#given.get(turn) ?? 0;
    this.#given.set(turn, from + count);
    return Array.from({ length: count }, (_, i) => texts[(from + i) % texts.length] ?? '');
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

async function parsed(request: IncomingMessage): Promise<ModelRequest> {
  const body = (await bodyOf(request)) as Partial<ModelRequest>;
  const { messages = [], n = 1, temperature = 1, stream = false, seed = null } = body;
  // The first assistant message is the worked example's, where the request comes from the loop.
  const turn = Math.max(1, messages.filter((message) => message.role === 'assistant').length);
  const names = { fields: Object.keys(body), headers: Object.keys(request.headers) };
  return { messages, n, temperature, stream, turn, seed, ...names };
}

function begin(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
}

/** The choices grow in turns, as they do when a real server samples a batch. */
function stream(response: ServerResponse, texts: readonly string[], usage: boolean): void {
  begin(response);
  const longest = Math.max(...texts.map((text) => text.length));
  for (let at = 0; at < longest; at += CHUNK_CHARS) {
    for (const [index, text] of texts.entries()) {
      if (at < text.length) send(response, piece(index, { content: text.slice(at, at + CHUNK_CHARS) }));
    }
  }
  for (const index of texts.keys()) send(response, piece(index, {}, 'stop'));
  if (usage) send(response, { ...frame('chat.completion.chunk'), choices: [], usage: usageOf(texts) });
  response.end('data: [DONE]\n\n');
}

function endless(response: ServerResponse, choices: number, line: string): void {
  const timer = setInterval(() => {
    for (let index = 0; index < choices; index += 1) send(response, piece(index, { content: line }));
  }, ENDLESS_EVERY_MS);
  response.on('close', () => clearInterval(timer));
}

function send(response: ServerResponse, data: object): void {
  response.write(`data: ${JSON.stringify(data)}\n\n`);
}

function frame(object: string): object {
  return { id: 'recorded-1', object, created: 0, model: 'recorded' };
}

function piece(index: number, delta: { content?: string }, finish: string | null = null): object {
  return { ...frame('chat.completion.chunk'), choices: [{ index, delta, finish_reason: finish }] };
}

function completion(texts: readonly string[]): object {
  const choices = texts.map((content, index) => ({
    index,
    message: { role: 'assistant', content },
    finish_reason: 'stop',
  }));
  return { ...frame('chat.completion'), choices, usage: usageOf(texts) };
}

/** About four characters a token, as good as any count for a test. */
function usageOf(texts: readonly string[]): object {
  const completion = texts.reduce((sum, text) => sum + Math.ceil(text.length / 4), 0);
  return { prompt_tokens: 100, completion_tokens: completion, total_tokens: 100 + completion };
}

function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Record<string, string> = status === 429 ? { 'retry-after-ms': '50' } : {},
): void {
  json(response, status, { error: { message, type: 'recorded', code: null } }, headers);
}

function json(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
