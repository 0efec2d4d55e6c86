export interface Logger {
  info(text: string): void;
}
export const level = 'info';
