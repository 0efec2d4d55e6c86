import type { ExportBatch, StoredRecord, StoreExport } from '../port.ts';
import { parsePosition, type TransferKey } from '../transfer-position.ts';
import type { Pin } from './pins.ts';
import { createSections, type SectionOptions, type Unit } from './transfer-sections.ts';

const BATCH_RECORDS = 1000;
const BATCH_BYTES = 4_000_000;

export interface ExportOptions extends SectionOptions {
  /** Keeps what the head shows from the sweep. */
  readonly pin: Pin;
}

/** Exports what one head shows. */
export async function createExport(options: ExportOptions): Promise<StoreExport> {
  const { head, submissions, pin } = options;
  const sections = createSections(options);
  const starts = sections.map(({ start }) => start);
  let total = 0;
  for (const section of sections) total += await section.count();

  async function* units(
    place: number,
    key: TransferKey,
  ): AsyncGenerator<Unit & { readonly section: number }> {
    for (const [index, section] of sections.entries()) {
      if (index < place) continue;
      for await (const unit of section.units(index === place ? key : section.start)) {
        yield { ...unit, section: index };
      }
    }
  }

  async function* batches(after?: string): AsyncGenerator<ExportBatch> {
    const begin = { section: 0, key: starts[0] ?? [] };
    const { section, key } = after === undefined ? begin : parsePosition(after, starts);
    let records: StoredRecord[] = [];
    let size = 0;
    let position = '';
    for await (const unit of units(section, key)) {
      const isFull = records.length + unit.records.length > BATCH_RECORDS || size + unit.size > BATCH_BYTES;
      if (isFull && records.length > 0) {
        await pin.refuseLost();
        yield { records, position };
        records = [];
        size = 0;
      }
      records.push(...unit.records);
      size += unit.size;
      position = JSON.stringify([unit.section, ...unit.key]);
    }
    await pin.refuseLost();
    if (records.length > 0) yield { records, position };
  }

  return {
    mark: `${head.database} ${head.commit} ${submissions}`,
    total,
    batches,
    close: () => pin.release(),
  };
}
