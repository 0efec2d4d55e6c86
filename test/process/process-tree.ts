import { execFileSync } from 'node:child_process';

/** The processes that this one started and that live; those that ended and were not fetched do not. */
export function childrenOf(pid: number): readonly number[] {
  return listProcesses().flatMap((one) => (one.parent === pid && one.lives ? [one.pid] : []));
}

export function isAlive(pid: number): boolean {
  return listProcesses().some((one) => one.pid === pid && one.lives);
}

interface Listed {
  readonly pid: number;
  readonly parent: number;
  readonly lives: boolean;
}

function listProcesses(): readonly Listed[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid, parent, state = ''] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), lives: !state.startsWith('Z') };
  });
}
