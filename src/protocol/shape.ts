// Readers for JSON that comes from another process: each gives a typed value or throws a TypeError that names the place.

export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown, place: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw mismatch(place, 'an object', value);
}

export function text(value: unknown, place: string): string {
  if (typeof value === 'string') return value;
  throw mismatch(place, 'a string', value);
}

/** A finite number: NaN and infinities do not survive JSON, but a reader of other sources may meet them. */
export function number(value: unknown, place: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw mismatch(place, 'a number', value);
}

export function boolean(value: unknown, place: string): boolean {
  if (typeof value === 'boolean') return value;
  throw mismatch(place, 'true or false', value);
}

export function list<T>(value: unknown, place: string, item: (value: unknown, place: string) => T): readonly T[] {
  if (!Array.isArray(value)) throw mismatch(place, 'a list', value);
  return value.map((one, i) => item(one, `${place}[${i}]`));
}

export function texts(value: unknown, place: string): readonly string[] {
  return list(value, place, text);
}

/** null where the value is null or absent. */
export function optional<T>(value: unknown, place: string, read: (value: unknown, place: string) => T): T | null {
  return value === undefined || value === null ? null : read(value, place);
}

export function oneOf<T extends string>(allowed: readonly T[]): (value: unknown, place: string) => T {
  return (value, place) => {
    const found = allowed.find((one) => one === value);
    if (found === undefined) throw mismatch(place, `one of ${allowed.join(', ')}`, value);
    return found;
  };
}

/** Two whole numbers, such as the first and last line of something. */
export function pair(value: unknown, place: string): readonly [number, number] {
  const [first, second, ...rest] = list(value, place, number);
  if (first === undefined || second === undefined || rest.length > 0) throw mismatch(place, 'two numbers', value);
  return [first, second];
}

function mismatch(place: string, wanted: string, value: unknown): TypeError {
  const shown = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60);
  return new TypeError(`${place} should be ${wanted}, not ${shown}`);
}
