import type { Readable, Writable } from 'node:stream';
import type { Clock, Ids } from '../../server/domain/ids.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A stream that may be a terminal. */
export type Terminal<S extends Readable | Writable> = S & {
  readonly isTTY?: boolean;
  readonly columns?: number;
};

/** What a command has to say: one JSON document, or the same in words. */
export interface Answer {
  readonly document: unknown;
  /** Ends without a line break. */
  readonly text: string;
  /** The command failed all the same; an empty text says nothing more. */
  readonly problem?: string;
}

/** What every command may use of the process around it. */
export interface Surroundings {
  readonly env: Environment;
  readonly stdin: Terminal<Readable>;
  readonly stdout: Terminal<Writable>;
  readonly stderr: Terminal<Writable>;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Prints the answer, as the command's `--json` asks for, and settles the exit status. */
  show(answer: Answer, options: JsonOption): void;
  /** Runs work that ends early and in good order once the signal says that whoever started it wants it to end. */
  untilStopped<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** The option that every command takes. */
export interface JsonOption {
  readonly json?: boolean;
}
