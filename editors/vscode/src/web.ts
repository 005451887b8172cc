// VS Code in a browser without a machine behind it: there is nothing to run the server on, and the view says so.
import * as vscode from 'vscode';

export function activate(): void {
  void vscode.commands.executeCommand('setContext', 'obelus.unsupported', true);
}
