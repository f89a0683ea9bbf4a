// The one class of expected failures on this side. Everything else that is thrown is a bug and is logged with its stack.

export type RepairErrorKind =
  | 'no-function'
  | 'no-tests'
  | 'tests-already-pass'
  | 'bad-problem'
  | 'unsupported'
  | 'untrusted'
  | 'judge-unavailable'
  | 'no-isolation'
  | 'server-unreachable'
  | 'server-refused'
  | 'server-failed'
  | 'declined'
  | 'buffer-changed'
  | 'stopped';

/** An expected failure. `message` is shown to the user as it is: it names the cause and the next step. */
export class RepairError extends Error {
  readonly kind: RepairErrorKind;

  constructor(kind: RepairErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RepairError';
    this.kind = kind;
  }
}

/** Throws the `stopped` error once the signal is aborted. */
export function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new RepairError('stopped', 'Stopped.');
}
