/** Content of an element. Texts become text nodes and never HTML. */
export type Child = Node | string | undefined | false;

/** Properties of an element: attributes by name, and `on` with its listeners. */
export interface Props {
  readonly class?: string | undefined;
  readonly on?: Readonly<Record<string, (event: Event) => void>>;
  readonly [attribute: string]: unknown;
}

/** Creates an element. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { on = {}, ...attributes }: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '');
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  element.append(...children.filter((it) => it !== undefined && it !== false));
  return element;
}

/** Sets the text of an element unless it has it: a selection in it remains. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Sets an attribute unless the element has it; `undefined` removes it. */
export function setAttribute(element: Element, name: string, value: string | undefined): void {
  if (value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Calls a function only when its data is other than the last time. */
export function onChange<T>(update: (data: T) => void): (data: T) => void {
  let last: string | undefined;
  return (data) => {
    const text = JSON.stringify(data);
    if (text === last) return;
    last = text;
    update(data);
  };
}

const SVG = 'http://www.w3.org/2000/svg';

/** Creates an element of SVG. */
export function svg(
  tag: string,
  attributes: Readonly<Record<string, string | number>>,
): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/** Creates a section with a heading, a remark and a body. */
export function section(title: string, remark = '', id?: string) {
  const note = el('span', {}, remark);
  const heading = el('h2', { id: id && `${id}-title` }, title, ' ', note);
  const body = el('div', { class: 'scroll' });
  const root = el(
    'section',
    { id, 'aria-labelledby': id && `${id}-title`, tabindex: '-1' },
    heading,
    body,
  );
  return { root, heading, note, body };
}
