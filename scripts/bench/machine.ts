import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** What Linux calls CLK_TCK: it is 100 on every platform that Node runs on. */
const TICKS_PER_SECOND = 100;

/** The processor, its cores and Node, as one line. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `Machine: ${model}, ${cpus().length} cores, Node ${process.version}, ${process.platform} ${process.arch}`;
}

/**
 * The CPU seconds that a process has used: user and system time of all its threads, of the children it has waited
 * for, and of those that still run (proc_pid_stat(5), fields 14 to 17).
 */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name of the program, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return childrenOf(pid).reduce((sum, child) => sum + cpuSecondsOf(child), ticks / TICKS_PER_SECOND);
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const text = readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  });
}
