// What the pure parts need of `vscode`, and no more.
import { vi } from 'vitest';

export const l10n = {
  t: (text: string, ...values: (string | number)[]): string => text.replace(/\{(\d+)\}/g, (_, at: string) => String(values[Number(at)])),
};

export class Position {
  constructor(readonly line: number, readonly character: number) {}
  compareTo(other: Position): number {
    return this.line - other.line || this.character - other.character;
  }
}

export class Range {
  readonly start: Position;
  readonly end: Position;
  constructor(a: number, b: number, c: number, d: number) {
    this.start = new Position(a, b);
    this.end = new Position(c, d);
  }
}

export class Uri {
  constructor(readonly path: string) {}
  static parse(text: string): Uri {
    return new Uri(text.replace('file://', ''));
  }
  toString(): string {
    return `file://${this.path}`;
  }
}

export class EventEmitter {
  event = vi.fn();
  fire = vi.fn();
}

export const window = {};
export const comments = {};
export const languages = {};
