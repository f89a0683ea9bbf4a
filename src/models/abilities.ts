// What a server turned out not to understand, so that it is asked without it from then on.

/** Request fields that some OpenAI-compatible servers refuse or ignore. */
export type Lack = 'n' | 'stream_options' | 'seed' | 'temperature' | 'max_tokens';

const PATTERNS: readonly (readonly [Lack, RegExp])[] = [
  ['stream_options', /stream_options|include_usage/i],
  ['max_tokens', /max_completion_tokens/i],
  ['seed', /\bseed\b/i],
  ['n', /(^|[\s'"`(])n([\s'"`):=>]|$)|multiple (choices|completions)|one completion|number of (choices|completions)/i],
  ['temperature', /\btemperature\b/i],
];

/**
 * The field that a refusal (400 or 422) names, if leaving it out may help. The context length is none of them, although
 * servers mention `max_tokens` there: a request that is too long stays too long.
 */
export function refusedField(status: number | null, message: string, lacking: ReadonlySet<Lack>): Lack | null {
  if (status !== 400 && status !== 422) return null;
  if (/context|too long|maximum length/i.test(message)) return null;
  const [lack] = PATTERNS.find(([lack, pattern]) => !lacking.has(lack) && pattern.test(message)) ?? [];
  return lack ?? null;
}
