// The description of the branch: a page in the Markdown preview, with buttons to copy it or put it into an editor.
import * as vscode from 'vscode';
import { patiently } from './progress.js';
import { inside, type Server } from './server.js';

export interface Description {
  readonly title: string;
  readonly body: string;
  readonly markdown: string;
  /** What was left out of it, if anything. */
  readonly note?: string | null;
}

const SCHEME = 'obelus-description';
const NAME = 'Pull request.md';

export class Descriptions implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #uri = vscode.Uri.from({ scheme: SCHEME, path: `/${NAME}` });
  readonly #listening: vscode.Disposable[];
  #last: Description | undefined;
  /** Where the cursor was before the preview took the screen. */
  #editor: vscode.TextEditor | undefined;

  constructor(private readonly server: Server) {
    // The preview is the editor's own and knows no scheme: the buttons are shown while the active tab is ours.
    const look = (): void => {
      const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
      const isOurs = tab?.input instanceof vscode.TabInputWebview && tab.label.includes(NAME);
      void vscode.commands.executeCommand('setContext', 'obelus.describing', isOurs);
    };
    this.#listening = [
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.window.tabGroups.onDidChangeTabs(look),
      vscode.window.tabGroups.onDidChangeTabGroups(look),
    ];
  }

  /** The title of the last description; empty before there is one. */
  get title(): string {
    return this.#last?.title ?? '';
  }

  provideTextDocumentContent(): string {
    return this.#last?.markdown ?? '';
  }

  /** Describes the branch and shows the page. */
  async show(scope: 'branch' | 'staged' | 'worktree', uri: string | undefined): Promise<void> {
    await this.shown(await patiently(vscode.l10n.t('describing'), (token) => this.ask(scope, uri, {}, token)));
  }

  /** Shows the last one again. */
  async again(): Promise<void> {
    if (this.#last) await this.shown(this.#last);
  }

  /** Shows a description as the page. */
  async shown(description: Description): Promise<void> {
    this.#last = description;
    this.#editor = vscode.window.activeTextEditor ?? this.#editor;
    this.#changed.fire(this.#uri);
    // Locked: it stays what it is when another Markdown file is opened.
    await vscode.commands.executeCommand('markdown.showPreview', this.#uri, undefined, { locked: true });
    if (description.note) vscode.window.setStatusBarMessage(`÷ ${description.note}`, 8000);
  }

  ask(scope: string, uri: string | undefined, more: object = {}, token?: vscode.CancellationToken): Promise<Description> {
    return this.server.execute<Description>('obelus.describe', { scope, uri: uri && inside(uri), ...more }, token);
  }

  async copy(what: 'title' | 'body'): Promise<void> {
    if (!this.#last) return;
    await vscode.env.clipboard.writeText(this.#last[what]);
    const done = what === 'title' ? vscode.l10n.t('Title copied') : vscode.l10n.t('Description copied');
    vscode.window.setStatusBarMessage(`÷ ${done}`, 4000);
  }

  /** Puts the text into the editor that was used last, at its cursor; into a new one where there is none. */
  async insert(): Promise<void> {
    const last = this.#last;
    if (!last) return;
    const open = this.#editor && vscode.window.visibleTextEditors.find((editor) => editor.document === this.#editor?.document);
    const document = this.#editor && !this.#editor.document.isClosed ? this.#editor.document : undefined;
    if (!open && !document) {
      const fresh = await vscode.workspace.openTextDocument({ language: 'markdown', content: last.markdown });
      await vscode.window.showTextDocument(fresh);
      return;
    }
    const editor = await vscode.window.showTextDocument(open?.document ?? document!, open?.viewColumn);
    await editor.edit((edit) => edit.insert(editor.selection.active, last.markdown));
  }

  dispose(): void {
    this.#listening.forEach((one) => one.dispose());
    this.#changed.dispose();
  }
}
