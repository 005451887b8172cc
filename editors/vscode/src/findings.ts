// The findings as they are shown: read back from the editor's own diagnostics, so that the view, the threads and the
// squiggles can never tell different stories, whoever sent them and by whichever way.
import * as vscode from 'vscode';

export type Severity = 'error' | 'warning' | 'info' | 'hint';

/** Worst first. */
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info', 'hint'];

export interface Shown {
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  readonly uri: vscode.Uri;
  readonly range: vscode.Range;
}

const SOURCE = 'obelus';

export function read(uri: vscode.Uri, diagnostics: readonly vscode.Diagnostic[]): Shown[] {
  const ours = diagnostics.filter((diagnostic) => diagnostic.source === SOURCE);
  return ours.map((diagnostic) => {
    const { code, range } = diagnostic;
    const rule = String(typeof code === 'object' ? code.value : (code ?? ''));
    const data = (diagnostic as { data?: unknown }).data;
    // The place stands in where an editor's bridge has dropped the id.
    const id = typeof data === 'string' ? data : `${rule}@${range.start.line}:${range.start.character}`;
    return { id, rule, title: diagnostic.message, severity: SEVERITIES[diagnostic.severity] ?? 'info', uri, range };
  });
}

/** All findings on show, by file. Reads only the files that an event names. */
export class Findings implements vscode.Disposable {
  readonly #byFile = new Map<string, Shown[]>();
  readonly #seen = new Set<string>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listening: vscode.Disposable;
  readonly onDidChange = this.#changed.event;

  constructor() {
    for (const [uri, diagnostics] of vscode.languages.getDiagnostics()) this.#take(uri, diagnostics);
    this.#listening = vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      let changed = false;
      for (const uri of uris) changed = this.#take(uri, vscode.languages.getDiagnostics(uri)) || changed;
      if (changed) this.#changed.fire();
    });
  }

  all(): Shown[] {
    return [...this.#byFile.values()].flat();
  }

  of(uri: vscode.Uri): readonly Shown[] {
    return this.#byFile.get(uri.toString()) ?? [];
  }

  /** Whether a file has ever had findings here. */
  had(uri: vscode.Uri): boolean {
    return this.#seen.has(uri.toString());
  }

  dispose(): void {
    this.#listening.dispose();
    this.#changed.dispose();
  }

  #take(uri: vscode.Uri, diagnostics: readonly vscode.Diagnostic[]): boolean {
    const key = uri.toString();
    const shown = read(uri, diagnostics);
    const before = this.#byFile.get(key);
    if (shown.length === 0) return this.#byFile.delete(key);
    this.#byFile.set(key, shown);
    this.#seen.add(key);
    return before === undefined || !isSame(before, shown);
  }
}

function isSame(a: readonly Shown[], b: readonly Shown[]): boolean {
  return a.length === b.length && a.every((one, at) => {
    const other = b[at]!;
    return one.id === other.id && one.range.isEqual(other.range) && one.severity === other.severity && one.title === other.title;
  });
}
