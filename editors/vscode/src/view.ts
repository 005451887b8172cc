// The Obelus view: the findings in a tree, and below it what the last review looked at and what it did not.
import * as vscode from 'vscode';
import type { Findings, Severity, Shown } from './findings.js';
import { group, type Group, type GroupBy } from './grouping.js';
import { coverage, type Line } from './coverage.js';
import type { Report, Status } from './protocol.js';

type Node = { readonly kind: 'group'; readonly group: Group } | { readonly kind: 'finding'; readonly finding: Shown; readonly group: Group };

const ICONS: Record<Severity, [string, string]> = {
  error: ['error', 'problemsErrorIcon.foreground'],
  warning: ['warning', 'problemsWarningIcon.foreground'],
  info: ['info', 'problemsInfoIcon.foreground'],
  hint: ['lightbulb', 'editorLightBulb.foreground'],
};

export class FindingsView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: vscode.TreeView<Node>;
  readonly #listening: vscode.Disposable[];

  constructor(private readonly findings: Findings) {
    this.#view = vscode.window.createTreeView('obelus.findings', { treeDataProvider: this, showCollapseAll: true });
    this.#listening = [
      findings.onDidChange(() => this.refresh()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('obelus.view.groupBy')) this.refresh();
      }),
    ];
    this.refresh();
  }

  refresh(): void {
    const count = this.findings.all().length;
    const tooltip = count === 1 ? vscode.l10n.t('1 finding') : vscode.l10n.t('{0} findings', count);
    this.#view.badge = count > 0 ? { value: count, tooltip } : undefined;
    this.#changed.fire();
  }

  getChildren(node?: Node): Node[] {
    if (!node) return group(this.findings.all(), groupBy()).map((one) => ({ kind: 'group', group: one }));
    if (node.kind === 'finding') return [];
    return node.group.findings.map((finding) => ({ kind: 'finding', finding, group: node.group }));
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return node.kind === 'group' ? this.#group(node.group) : this.#finding(node.finding, node.group);
  }

  dispose(): void {
    this.#listening.forEach((one) => one.dispose());
    this.#view.dispose();
    this.#changed.dispose();
  }

  #group(one: Group): vscode.TreeItem {
    const item = new vscode.TreeItem(one.label, vscode.TreeItemCollapsibleState.Expanded);
    item.id = `${one.by} ${one.key}`;
    item.contextValue = 'group';
    if (one.uri) {
      // The file's own icon; the folder beside its name, as in the list of changes.
      item.resourceUri = one.uri;
      item.iconPath = vscode.ThemeIcon.File;
      const folder = vscode.workspace.asRelativePath(one.uri).split('/').slice(0, -1).join('/');
      item.description = folder;
    } else {
      item.iconPath = icon(one.severity);
      item.description = String(one.findings.length);
    }
    return item;
  }

  #finding(finding: Shown, within: Group): vscode.TreeItem {
    const item = new vscode.TreeItem(finding.title);
    item.id = `${within.by} ${within.key} ${finding.uri.toString()} ${finding.id}`;
    const line = finding.range.start.line + 1;
    const place = within.by === 'file' ? String(line) : `${finding.uri.path.split('/').pop()}:${line}`;
    item.description = within.by === 'rule' ? place : `${place} · ${finding.rule}`;
    item.iconPath = icon(finding.severity);
    item.contextValue = 'finding';
    const tooltip = new vscode.MarkdownString().appendText(finding.title).appendMarkdown('\n\n');
    item.tooltip = tooltip.appendText(`${vscode.workspace.asRelativePath(finding.uri)}:${line} · ${finding.rule}`);
    item.accessibilityInformation = { label: `${finding.severity}: ${finding.title}, ${place}` };
    item.command = { command: 'obelus.ui.open', title: vscode.l10n.t('Open'), arguments: [node(finding, within)] };
    return item;
  }
}

function node(finding: Shown, within: Group): Node {
  return { kind: 'finding', finding, group: within };
}

function groupBy(): GroupBy {
  return vscode.workspace.getConfiguration('obelus').get<GroupBy>('view.groupBy', 'file');
}

export function icon(severity: Severity): vscode.ThemeIcon {
  const [name, colour] = ICONS[severity];
  return new vscode.ThemeIcon(name, new vscode.ThemeColor(colour));
}

/** The change as a whole: what the last review looked at, and its description. */
export class CoverageView implements vscode.TreeDataProvider<Line>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view = vscode.window.createTreeView('obelus.coverage', { treeDataProvider: this });
  #lines: Line[] = [];

  show(report: Report | undefined, status: Status | undefined, title: string | undefined): void {
    const lines = report ? coverage(report, status, title) : [];
    if (JSON.stringify(lines) === JSON.stringify(this.#lines)) return;
    this.#lines = lines;
    this.#changed.fire();
  }

  getChildren(line?: Line): Line[] {
    return line ? [...(line.inside ?? [])] : this.#lines;
  }

  getTreeItem(line: Line): vscode.TreeItem {
    const state = line.inside?.length ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None;
    const item = new vscode.TreeItem(line.label, state);
    item.id = line.label;
    item.description = line.description;
    item.tooltip = line.tooltip ?? line.description;
    if (line.command) item.command = { command: line.command, title: line.label };
    if (line.icon) item.iconPath = new vscode.ThemeIcon(line.icon);
    item.accessibilityInformation = { label: [line.label, line.description].filter(Boolean).join(', ') };
    return item;
  }

  dispose(): void {
    this.#view.dispose();
    this.#changed.dispose();
  }
}
