/**
 * What is not inside the border of its card, texts over each other, and radio buttons that stand neither in one row nor one
 * below the other. Runs in the page.
 */
export function brokenCards(): string[] {
  const found: string[] = [];
  const name = (element: Element): string => element.outerHTML.slice(0, 100);
  for (const card of document.querySelectorAll('.card, .radio-group, .tally, .declarations, .callout')) {
    if (!card.checkVisibility()) continue;
    const outer = card.getBoundingClientRect();
    const texts: { words: string; box: DOMRect; lines: DOMRect[] }[] = [];
    const encloses = (box: DOMRect): boolean =>
      box.left >= outer.left - 1 && box.right <= outer.right + 1 && box.top >= outer.top - 1 && box.bottom <= outer.bottom + 1;

    for (const element of card.querySelectorAll('*')) {
      const box = element.getBoundingClientRect();
      if (!element.checkVisibility() || box.width <= 1 || getComputedStyle(element).clipPath !== 'none') continue;
      if (!encloses(box)) found.push(`${name(card)} does not enclose ${name(element)}`);
    }
    for (let walk = document.createTreeWalker(card, NodeFilter.SHOW_TEXT), node = walk.nextNode(); node !== null; node = walk.nextNode()) {
      const words = node.textContent?.trim() ?? '';
      if (words === '' || !node.parentElement?.checkVisibility() || node.parentElement.closest('.visually-hidden, thead') !== null) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      texts.push({ words, box: range.getBoundingClientRect(), lines: [...range.getClientRects()] });
    }
    for (const [index, { words, box, lines }] of texts.entries()) {
      if (!encloses(box)) found.push(`${name(card)} does not enclose "${words}"`);
      for (const other of texts.slice(index + 1)) {
        // The boxes of two lines touch; only the middle of a line is ink.
        const lieOver = lines.some((one) =>
          other.lines.some((two) => {
            const above = Math.min(one.right, two.right) - Math.max(one.left, two.left);
            const beside = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
            return above > 1 && beside > Math.min(one.height, two.height) / 2;
          }),
        );
        if (lieOver) found.push(`"${words}" and "${other.words}" lie over each other`);
      }
    }
  }
  for (const group of document.querySelectorAll('.radio-group')) {
    if (!group.checkVisibility()) continue;
    const boxes = [...group.querySelectorAll('label')].map((label) => label.getBoundingClientRect());
    const [rows, columns] = [new Set(boxes.map(({ top }) => Math.round(top))), new Set(boxes.map(({ left }) => Math.round(left)))];
    if (rows.size > 1 && columns.size > 1) found.push(`${name(group)} is broken into ${rows.size} rows of unequal length`);
  }
  return found;
}

/** What makes the page wider than the screen. Runs in the page. */
export function tooWide(): string[] {
  const screen = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= screen) return [];
  const outside = [...document.body.querySelectorAll('*')].filter((element) => {
    const { left, right } = element.getBoundingClientRect();
    return left < -1 || right > screen + 1;
  });
  return [`${document.documentElement.scrollWidth} px`, ...outside.slice(0, 3).map((element) => element.outerHTML.slice(0, 120))];
}
