import { readObject } from '../../server/stix/document.ts';
import { cutObjects } from '../../server/stix/streamed-file.ts';
import type { Submission } from '../../server/domain/submission.ts';
import { toBatchesAsTheyCome } from './batches.ts';
import type { Progress } from './progress.ts';
import { sendBatches, type Upload } from './send-files.ts';
import type { CheckedUpload } from './upload-files.ts';
import { createTidier } from './upload-memory.ts';
import type { WarningCounter } from './upload-warnings.ts';

/** What was sent. Its outcomes are in the store: for a large upload they would fill the memory. */
export interface SentFiles {
  readonly submissions: readonly { readonly file: string; readonly id: string }[];
  /** The submission as it was answered, when there is no more than one. */
  readonly only?: Submission;
  /** Why the rest was not sent. */
  readonly error?: unknown;
}

/**
 * Reads the files again, one after the other, and sends what is in them in as many submissions as it takes. What was sent
 * before a failure stays, so a failure is handed back beside it; when nothing was sent it is thrown.
 * @param warnings looks at each object that is sent
 */
export async function sendCheckedFiles(
  upload: Upload,
  files: readonly CheckedUpload[],
  warnings: WarningCounter,
  progress: Progress,
): Promise<SentFiles> {
  const submissions: { file: string; id: string }[] = [];
  const tidy = createTidier();
  let only: Submission | undefined;
  try {
    for (const checked of files) {
      const { file } = checked;
      const batches = toBatchesAsTheyCome(readObjects(upload, checked, warnings));
      await sendBatches(upload, file, batches, (submission, count) => {
        submissions.push({ file, id: submission.id });
        only = submissions.length === 1 ? submission : undefined;
        progress.advance(count);
        tidy();
      });
    }
  } catch (error) {
    if (submissions.length === 0) throw error;
    return { submissions, ...(only ? { only } : {}), error };
  }
  return { submissions, ...(only ? { only } : {}) };
}

async function* readObjects(
  { settings }: Upload,
  { source, form }: CheckedUpload,
  warnings: WarningCounter,
): AsyncGenerator<readonly Buffer[], void> {
  for await (const objects of cutObjects(source.readAgain(), form, settings)) {
    for (const object of objects) warnings.look(readObject(object.toString('utf8'), settings));
    yield objects;
  }
}
