// What the server writes for reading (pages of rules, of findings): Markdown, shown as a page and not as source.
import * as vscode from 'vscode';

/** Whether a document that the server wants shown is a page for reading. */
export function isPage(uri: vscode.Uri): boolean {
  return (uri.scheme === 'file' || uri.scheme === 'obelus') && uri.path.endsWith('.md');
}

export async function showPage(uri: vscode.Uri): Promise<void> {
  await vscode.commands.executeCommand('markdown.showPreview', uri, undefined, { locked: true });
}
