// Comment threads beside the code, folded until somebody opens one. They repeat what the squiggle says, with its
// reasons; they hold no state of their own and go when the finding goes.
import * as vscode from 'vscode';
import { SEVERITIES, type Findings, type Severity, type Shown } from './findings.js';

interface Kept {
  readonly thread: vscode.CommentThread;
  finding: Shown;
}

/** The finding that a thread stands for: what a menu on a thread is about. */
const behind = new WeakMap<vscode.CommentThread, Kept>();

export function findingOf(thread: vscode.CommentThread): Shown | undefined {
  return behind.get(thread)?.finding;
}

/** Whether a finding gets a thread. Pure. */
export function hasThread(severity: Severity, least: string): boolean {
  const limit = SEVERITIES.indexOf(least as Severity);
  return limit >= 0 && SEVERITIES.indexOf(severity) <= limit;
}

export class Threads implements vscode.Disposable {
  readonly #controller = vscode.comments.createCommentController('obelus', 'Obelus');
  readonly #threads = new Map<string, Kept>();
  readonly #listening: vscode.Disposable[];

  constructor(
    private readonly findings: Findings,
    private readonly reasons: (uri: vscode.Uri, at: vscode.Position) => Promise<string | undefined>,
    private readonly icon: vscode.Uri,
  ) {
    const refresh = (): void => this.refresh();
    this.#listening = [
      findings.onDidChange(refresh),
      vscode.window.onDidChangeVisibleTextEditors(refresh),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('obelus.threads')) refresh();
      }),
    ];
    refresh();
  }

  /** Threads for what is on the screen: a thousand findings elsewhere cost nothing. */
  refresh(): void {
    const least = vscode.workspace.getConfiguration('obelus').get<string>('threads.minSeverity', 'warning');
    const wanted = new Map<string, Shown>();
    for (const editor of vscode.window.visibleTextEditors) {
      const uri = editor.document.uri;
      for (const finding of this.findings.of(uri)) {
        if (hasThread(finding.severity, least)) wanted.set(`${uri.toString()} ${finding.id}`, finding);
      }
    }
    for (const [key, kept] of this.#threads) {
      if (wanted.has(key)) continue;
      kept.thread.dispose();
      this.#threads.delete(key);
    }
    for (const [key, finding] of wanted) {
      const kept = this.#threads.get(key);
      if (!kept) {
        this.#threads.set(key, this.#open(finding));
        continue;
      }
      if (!kept.thread.range?.isEqual(finding.range)) kept.thread.range = finding.range;
      kept.finding = finding;
    }
  }

  dispose(): void {
    this.#listening.forEach((one) => one.dispose());
    this.#controller.dispose();
  }

  #open(finding: Shown): Kept {
    const thread = this.#controller.createCommentThread(finding.uri, finding.range, [this.#comment(finding, undefined)]);
    thread.canReply = false;
    thread.label = finding.rule;
    thread.contextValue = 'finding';
    thread.collapsibleState = vscode.CommentThreadCollapsibleState.Collapsed;
    const kept: Kept = { thread, finding };
    behind.set(thread, kept);
    this.reasons(finding.uri, finding.range.start).then(
      (text) => {
        if (text && this.#threads.get(`${finding.uri.toString()} ${finding.id}`) === kept) thread.comments = [this.#comment(finding, text)];
      },
      () => undefined, // The title stands; the reasons are a hover away.
    );
    return kept;
  }

  #comment(finding: Shown, text: string | undefined): vscode.Comment {
    const body = new vscode.MarkdownString(text);
    if (text === undefined) body.appendText(finding.title);
    return { author: { name: 'Obelus', iconPath: this.icon }, body, mode: vscode.CommentMode.Preview };
  }
}
