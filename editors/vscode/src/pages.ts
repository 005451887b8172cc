// Pages of rules: the server writes them as Markdown files; here they are read as pages, not as source.
import * as vscode from 'vscode';

/** Whether a document that the server wants shown is a page for reading. */
export function isPage(uri: vscode.Uri): boolean {
  return uri.scheme === 'file' && uri.path.endsWith('.md');
}

export async function showPage(uri: vscode.Uri): Promise<void> {
  await vscode.commands.executeCommand('markdown.showPreview', uri);
}
