// Markdown that is shown as a page and not as source: what the server writes for reading (pages of rules, of findings),
// and what the extension puts together from the server's answers (what was spent).
import * as vscode from 'vscode';

const SCHEME = 'obelus-page';

/** Whether a document that the server wants shown is a page for reading. */
export function isPage(uri: vscode.Uri): boolean {
  return (uri.scheme === 'file' || uri.scheme === 'obelus') && uri.path.endsWith('.md');
}

export async function showPage(uri: vscode.Uri): Promise<void> {
  await vscode.commands.executeCommand('markdown.showPreview', uri, undefined, { locked: true });
}

/**
 * Makes places in the code open from a page: the preview refuses addresses of files, and takes a path that begins with
 * `/` from the top of the first folder, `root`. Places in other folders stay text. Pure.
 */
export function linked(markdown: string, root: string | undefined): string {
  const top = root === undefined ? undefined : `${decoded(root).replace(/\/$/, '')}/`;
  return markdown.replace(/\[((?:[^\]\\]|\\.)+)\]\((file:[^)\s]+)\)/g, (_, text: string, uri: string) => {
    const [file, line] = uri.split('#');
    const path = decoded(file ?? '');
    if (top === undefined || !path.startsWith(top)) return text;
    return `[${text}](/${encodeURI(path.slice(top.length))}${line ? `#${line}` : ''})`;
  });
}

/** Makes links of the places that a conversation cites, `[path:line]`. Pure. */
export function cited(markdown: string): string {
  return markdown.replace(/(?<![\w)\]!])\[([^\]\s:[]*[./][^\]\s:[]*):(\d+)\](?!\()/g, (_, path: string, line: string) =>
    `[${path}:${line}](/${encodeURI(path)}#L${line})`);
}

/** An address without its `%20`s: two programs seldom write them alike. */
function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

function first(): string | undefined {
  return vscode.workspace.workspaceFolders?.[0]?.uri.toString();
}

/** The text of a page as the preview shall have it. */
export function forPreview(markdown: string): string {
  return linked(markdown, first());
}

/** Pages of the extension's own. One name is one page: shown again, it is brought up to date. */
export class Pages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #texts = new Map<string, string>();
  readonly #registered = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);

  async show(name: string, markdown: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}.md` });
    this.#texts.set(uri.path, forPreview(markdown));
    this.#changed.fire(uri);
    await showPage(uri);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.path) ?? '';
  }

  dispose(): void {
    this.#registered.dispose();
    this.#changed.dispose();
  }
}
