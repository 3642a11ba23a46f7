const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Returns text that HTML shows as it is. */
function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (it) => ENTITIES[it]!);
}

/** Returns the page of a runbook from its Markdown. */
export function runbookPage(title: string, markdown: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)}</title><link rel="stylesheet" href="../page.css"></head><body><main class="runbook"><p><a href="../overview">Live page</a></p>
${blocks(markdown)}
</main></body></html>
`;
}

function blocks(markdown: string): string {
  const html: string[] = [];
  const lines = markdown.split('\n');
  for (let i = 0; i < lines.length;) {
    const end = blockEnd(lines, i);
    const block = lines.slice(i, end);
    if (block[0] !== '') html.push(blockHtml(block));
    i = end;
  }
  return html.join('\n');
}

/** A block ends with an empty line; one in a fence with the fence. */
function blockEnd(lines: readonly string[], from: number): number {
  if (lines[from]!.startsWith('```')) {
    const close = lines.findIndex((it, i) => i > from && it.startsWith('```'));
    return close === -1 ? lines.length : close + 1;
  }
  const empty = lines.findIndex((it, i) => i >= from && it === '');
  return empty === -1 ? lines.length : Math.max(empty, from + 1);
}

function blockHtml(block: readonly string[]): string {
  const first = block[0]!;
  const heading = /^(#{1,3}) (.*)$/.exec(first);
  if (heading) return `<h${heading[1]!.length}>${inline(heading[2]!)}</h${heading[1]!.length}>`;
  if (first.startsWith('```')) {
    return `<pre tabindex="0"><code>${escapeHtml(block.slice(1, -1).join('\n'))}</code></pre>`;
  }
  if (/^\d+\. /.test(first)) {
    const items = block.map((it) => `<li>${inline(it.replace(/^\d+\. /, ''))}</li>`);
    return `<ol>${items.join('')}</ol>`;
  }
  if (first.startsWith('|')) return tableHtml(block);
  return `<p>${inline(block.join(' '))}</p>`;
}

function tableHtml([head = '', , ...rows]: readonly string[]): string {
  const cells = (row: string, tag: string) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((it) => `<${tag}>${inline(it.trim().replaceAll('\\|', '|'))}</${tag}>`)
      .join('');
  const body = rows.map((it) => `<tr>${cells(it, 'td')}</tr>`).join('');
  return `<div class="scroll"><table><thead><tr>${cells(head, 'th')}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** Code, bold text and links to other runbooks. */
function inline(text: string): string {
  return escapeHtml(text)
    .split(/(`[^`]+`)/)
    .map((part) => {
      if (part.startsWith('`') && part.length > 1) return `<code>${part.slice(1, -1)}</code>`;
      return part
        .replaceAll(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
        .replaceAll(/\[([^\]]+)\]\((\w+)\.md\)/g, '<a href="./$2">$1</a>');
    })
    .join('');
}
