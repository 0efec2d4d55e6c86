/** Where two meet, so that both do something at the same time. */
export interface Meeting {
  /** Whether the other one waits. */
  readonly isAwaited: boolean;
  /** @returns the number of the meeting once both are there; undefined when nobody will come any more */
  meet(): Promise<number | undefined>;
  /** Nobody waits any longer. */
  end(): void;
}

export function createMeeting(): Meeting {
  let count = 0;
  let hasEnded = false;
  let waiting: ((number: number | undefined) => void) | undefined;
  return {
    get isAwaited() {
      return waiting !== undefined;
    },
    meet() {
      if (hasEnded) return Promise.resolve(undefined);
      if (waiting) {
        count += 1;
        waiting(count);
        waiting = undefined;
        return Promise.resolve(count);
      }
      return new Promise((resolve) => (waiting = resolve));
    },
    end() {
      hasEnded = true;
      waiting?.(undefined);
      waiting = undefined;
    },
  };
}
