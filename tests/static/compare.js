// Reads a page as a list of lines, one per element start, attribute, text and field value, shadow roots included.
// `difference(html)` waits until the body reads like `html` and tells the first line that does not, or null.
window.reading = (root) => {
  const lines = [];
  const walk = (node, depth) => {
    let text = '';
    const flush = () => {
      if (text.trim()) lines.push(`${depth} text ${JSON.stringify(text)}`);
      text = '';
    };
    for (const child of node.childNodes) {
      if (child.nodeType === 3) text += child.data;
      if (child.nodeType !== 1) continue;
      flush();
      lines.push(`${depth} <${child.localName}>`);
      for (const { name, value } of [...child.attributes].sort((a, b) => (a.name < b.name ? -1 : 1)))
        lines.push(`${depth} ${name}=${JSON.stringify(value)}`);
      if ('value' in child && child.localName !== 'li') lines.push(`${depth} value ${JSON.stringify(child.value)}`);
      if (child.shadowRoot) walk(child.shadowRoot, depth + '#');
      walk(child, depth + '.');
    }
    flush();
  };
  walk(root, '');
  return lines;
};

window.difference = async (html, seconds = 5) => {
  const trusted = window.trustedTypes?.createPolicy('test', { createHTML: (text) => text });
  const served = `<body>${html}</body>`;
  const wanted = reading(Document.parseHTMLUnsafe(trusted ? trusted.createHTML(served) : served).body);
  const first = () => {
    const found = reading(document.body);
    const at = wanted.findIndex((line, index) => line !== found[index]);
    if (at >= 0) return `expected ${wanted[at]}, found ${found[at]}`;
    return found.length > wanted.length ? `unexpected ${found[wanted.length]}` : null;
  };
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const end = performance.now() + seconds * 1000;
  while (first() && performance.now() < end) await new Promise((done) => setTimeout(done, 20));
  if (first()) return first();
  await frame();
  await frame();
  return first();
};
