// Questions in plain words, and the conversations that came of them: a list in the view, each on a page.
import * as vscode from 'vscode';
import type { Reviews } from './commands.js';
import type { Description, Descriptions } from './describe.js';
import { cited, type Pages } from './pages.js';
import { patiently } from './progress.js';
import type { Report } from './protocol.js';
import { inside, type Server } from './server.js';
import { usagePage, type Usage } from './usage.js';

/** A conversation, as it is listed. */
export interface Conversation {
  readonly id: number;
  readonly title: string;
  readonly turns: number;
  readonly day: string;
  /** The folder that it belongs to. */
  readonly folder: string;
}

/** What is asked about, beside the words. */
export type About = { readonly id: string; readonly title: string } | { readonly uri: string; readonly range: object };

/** What `obelus.ask` returns: what a command did, or an answer. */
interface Told {
  readonly command?: string;
  readonly result?: unknown;
  readonly conversation?: number | null;
  readonly markdown?: string;
  readonly note?: string | null;
}

export class Conversations implements vscode.TreeDataProvider<Conversation>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view = vscode.window.createTreeView('obelus.conversations', { treeDataProvider: this });
  readonly #listening: vscode.Disposable[];
  /** Words that a conversation must hold to be listed. */
  #wanted = '';

  constructor(
    private readonly server: Server,
    private readonly pages: Pages,
    private readonly reviews: Reviews,
    private readonly descriptions: Descriptions,
  ) {
    this.#listening = [server.onDidStart(() => this.#changed.fire())];
  }

  /** Asks the user what they want to know, and shows the answer. */
  async ask(folder: string, about?: About, on?: Conversation): Promise<void> {
    const title = on?.title ?? (about && 'title' in about ? about.title : undefined);
    const question = await vscode.window.showInputBox({
      title: title ? vscode.l10n.t('Ask about: {0}', title) : vscode.l10n.t('Ask Obelus'),
      prompt: about || on
        ? vscode.l10n.t('A question about it')
        : vscode.l10n.t('A request or a question: review my staged changes · what calls NAME · how does … work?'),
      ignoreFocusOut: true,
    });
    if (!question?.trim()) return;
    const given = about && 'id' in about ? { id: about.id } : about && { ...about };
    const argument = { uri: inside(folder), ...given, question: question.trim(), conversation: on?.id };
    const told = await patiently(vscode.l10n.t('answering'), (token) => this.server.execute<Told>('obelus.ask', argument, token));
    await this.#show(folder, question.trim(), told);
  }

  /** Shows a conversation as a page. */
  async open({ id, folder, title }: Pick<Conversation, 'id' | 'folder' | 'title'>): Promise<void> {
    const text = await this.#exported(folder, id);
    // A path on a page is one of the first folder.
    const opens = folder === vscode.workspace.workspaceFolders?.[0]?.uri.toString();
    await this.pages.show(pageName(title), opens ? cited(text) : text);
  }

  async save(on: Conversation): Promise<void> {
    const text = await this.#exported(on.folder, on.id);
    const target = await vscode.window.showSaveDialog({
      defaultUri: vscode.Uri.joinPath(vscode.Uri.parse(on.folder), `${pageName(on.title)}.md`),
      filters: { Markdown: ['md'] },
    });
    if (target) await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
  }

  async forget(on: Conversation): Promise<void> {
    const yes = vscode.l10n.t('Forget');
    const question = vscode.l10n.t('Forget “{0}”?', on.title);
    const picked = await vscode.window.showWarningMessage(question, { modal: true, detail: vscode.l10n.t('It cannot be brought back.') }, yes);
    if (picked !== yes) return;
    await this.server.execute('obelus.ask', { uri: inside(on.folder), forget: on.id });
    this.#changed.fire();
  }

  async search(): Promise<void> {
    const words = await vscode.window.showInputBox({
      title: vscode.l10n.t('Search Conversations'), value: this.#wanted, prompt: vscode.l10n.t('Words that were said; nothing for all'),
    });
    if (words === undefined) return;
    this.#wanted = words.trim();
    this.#view.message = this.#wanted ? vscode.l10n.t('With: {0}', this.#wanted) : undefined;
    this.#changed.fire();
  }

  async getChildren(of?: Conversation): Promise<Conversation[]> {
    if (of || !this.server.can('obelus.ask')) return [];
    const folders = vscode.workspace.workspaceFolders ?? [];
    const lists = await Promise.all(folders.map(async ({ uri }) => {
      const folder = uri.toString();
      const argument = { uri: inside(folder), list: true, ...(this.#wanted && { search: this.#wanted }) };
      const told = await this.server.execute<{ conversations: Omit<Conversation, 'folder'>[] }>('obelus.ask', argument)
        .catch((error: unknown) => {
          this.server.log.info(`conversations are not listed: ${String(error)}`);
          return { conversations: [] };
        });
      return told.conversations.map((one) => ({ ...one, folder }));
    }));
    return lists.flat();
  }

  getTreeItem(one: Conversation): vscode.TreeItem {
    const item = new vscode.TreeItem(one.title);
    item.id = `${one.folder} ${one.id}`;
    item.description = one.turns === 1 ? one.day : vscode.l10n.t('{0} · {1} questions', one.day, one.turns);
    item.iconPath = new vscode.ThemeIcon('comment-discussion');
    item.contextValue = 'conversation';
    item.tooltip = one.title;
    item.accessibilityInformation = { label: `${one.title}, ${item.description}` };
    item.command = { command: 'obelus.ui.openConversation', title: vscode.l10n.t('Open'), arguments: [one] };
    return item;
  }

  dispose(): void {
    this.#listening.forEach((one) => one.dispose());
    this.#view.dispose();
    this.#changed.dispose();
  }

  async #exported(folder: string, id: number): Promise<string> {
    return (await this.server.execute<{ markdown: string }>('obelus.ask', { uri: inside(folder), export: id })).markdown;
  }

  /** What was done shows itself where it always does; an answer is a page. */
  async #show(folder: string, question: string, told: Told): Promise<void> {
    switch (told.command) {
      case 'obelus.review':
        return this.reviews.took(told.result as Report, folder);
      case 'obelus.describe':
        return this.descriptions.shown(told.result as Description);
      case 'obelus.usage':
        return this.pages.show(vscode.l10n.t('Models and Spend'), usagePage(told.result as Usage));
    }
    if (typeof told.conversation === 'number') {
      this.#changed.fire();
      await this.open({ id: told.conversation, folder, title: question });
    } else {
      const text = told.markdown ?? (told.result as { markdown?: string } | undefined)?.markdown;
      if (text) await this.pages.show(pageName(question), `# ${question.replace(/[\\`*_{}[\]<>#|]/g, '\\$&')}\n\n${text}`);
    }
    if (told.note) vscode.window.setStatusBarMessage(`÷ ${told.note}`, 8000);
  }
}

/** A question as the name of a page: short, and nothing in it that a path could mean. Pure. */
export function pageName(question: string): string {
  const words = question.replace(/[^\p{L}\p{N} _-]+/gu, ' ').split(/\s+/).filter(Boolean);
  let name = '';
  for (const word of words) {
    if (name.length + word.length > 40) break;
    name += name ? ` ${word}` : word;
  }
  return name || 'Answer';
}
