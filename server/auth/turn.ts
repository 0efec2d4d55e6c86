let current: object | undefined;

/**
 * What stands for the turn of the event loop that handles a request. Whoever sent a request that this turn handles
 * sent it before the turn began, so what the first of them finds in the store is good for all of them.
 */
export function thisTurn(): object {
  if (current === undefined) {
    current = {};
    setImmediate(endTurn);
  }
  return current;
}

function endTurn(): void {
  current = undefined;
}
