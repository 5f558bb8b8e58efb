// Elements from their parts. Styles are classes of the style sheet: the page's policy allows no others.
const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'colour') element.style.backgroundColor = value;
    else if (name === 'share') element.style.width = `${value * 100}%`;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An HTML element; `onclick` and the like are listeners, `colour` is its background, `share` its width. */
export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

/** An SVG element. */
export const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

export const $ = (id) => document.getElementById(id);

/** An answer of the server; what it refuses is an error with its own words. */
export async function ask(address) {
  const response = await fetch(address);
  const answer = await response.json().catch(() => ({ error: `the server answered ${response.status}` }));
  if (!response.ok) throw new Error([answer.error, answer.hint].filter(Boolean).join(' — '));
  return answer;
}

/** Tells of trouble at the top of the page, each once. */
export function trouble(message) {
  const place = $('troubles');
  if ([...place.children].some((line) => line.firstChild.textContent === message)) return;
  const line = h('p', {}, h('span', {}, message),
    h('button', { type: 'button', 'aria-label': 'Dismiss', onclick: () => line.remove() }, '×'));
  place.append(line);
}
