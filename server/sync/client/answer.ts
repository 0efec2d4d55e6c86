export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** One answer, whole. */
export interface Answer {
  readonly url: URL;
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** After decompression; empty when it refuses at more length than is read. */
  readonly body: Uint8Array;
}

/** The one value of a header; undefined when there are several or none. */
export function headerOf(headers: AnswerHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value.trim() : undefined;
}
