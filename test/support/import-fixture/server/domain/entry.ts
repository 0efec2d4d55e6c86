export interface Entry {
  readonly id: string;
}
export const none: readonly Entry[] = [];
