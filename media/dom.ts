// Plain descriptions of elements, and the patch that makes a part of the page equal to one. Nothing here knows what is shown.

export type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** An element to be; `key` tells siblings apart across patches. Text is always set as text, never parsed. */
export type VNode = {
  readonly tag: string;
  readonly key: string | null;
  readonly attributes: Attributes;
  readonly children: readonly Child[];
};

export type Child = VNode | string;

/** Falsy children are left out, so that a view can write `condition && h(…)`. */
export function h(
  tag: string,
  attributes: Attributes,
  ...children: readonly (Child | readonly Child[] | false | null)[]
): VNode {
  const { key, ...rest } = attributes;
  const flat = children.flat().flatMap((child) => (child === false || child === null || child === '' ? [] : [child]));
  return { tag, key: typeof key === 'string' ? key : null, attributes: rest, children: flat };
}

/** What each element was last made from. Comparing with it, not with the page, leaves alone what the user toggled. */
const made = new WeakMap<Node, VNode>();

/** Makes the children of `parent` equal to `children`; elements that stay keep their identity, focus and scroll. */
export function patch(parent: Element, children: readonly Child[]): void {
  const keyed = new Map<string, Element>();
  for (const element of parent.children) {
    const key = made.get(element)?.key;
    if (key) keyed.set(key, element);
  }
  const wanted = new Set(
    children.flatMap((child) => (typeof child === 'string' || child.key === null ? [] : [child.key])),
  );
  let at: ChildNode | null = parent.firstChild;
  for (const child of children) {
    at = withoutStale(at, wanted);
    const match = matching(at, child, keyed);
    if (match === null) parent.insertBefore(create(parent.ownerDocument, child), at);
    else {
      if (match === at) at = at.nextSibling;
      else parent.insertBefore(match, at);
      update(match, child);
    }
  }
  while (at !== null) {
    const next: ChildNode | null = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** Removes keyed elements that are no longer wanted, so that those behind them need not move and lose the focus. */
function withoutStale(from: ChildNode | null, wanted: ReadonlySet<string>): ChildNode | null {
  let at = from;
  while (at !== null) {
    const key = made.get(at)?.key ?? null;
    if (key === null || wanted.has(key)) return at;
    const next: ChildNode | null = at.nextSibling;
    at.remove();
    at = next;
  }
  return at;
}

function matching(at: ChildNode | null, child: Child, keyed: ReadonlyMap<string, Element>): ChildNode | null {
  if (typeof child === 'string') return at?.nodeType === 3 ? at : null;
  if (child.key !== null) {
    const element = keyed.get(child.key);
    return element && made.get(element)?.tag === child.tag ? element : null;
  }
  const old = at === null ? undefined : made.get(at);
  return old && old.key === null && old.tag === child.tag ? at : null;
}

function create(document: Document, child: Child): Node {
  if (typeof child === 'string') return document.createTextNode(child);
  const element = document.createElement(child.tag);
  for (const [name, value] of Object.entries(child.attributes)) setAttribute(element, name, value);
  for (const inner of child.children) element.append(create(document, inner));
  made.set(element, child);
  return element;
}

function update(node: ChildNode, child: Child): void {
  if (typeof child === 'string') {
    if (node.textContent !== child) node.textContent = child;
    return;
  }
  const old = made.get(node);
  const element = node as Element;
  if (!old || same(old, child)) return;
  for (const [name, value] of Object.entries(child.attributes)) {
    if (old.attributes[name] !== value) setAttribute(element, name, value);
  }
  for (const name of Object.keys(old.attributes)) if (!(name in child.attributes)) element.removeAttribute(name);
  made.set(element, child);
  patch(element, child.children);
}

/** Most of a page stays as it is; comparing descriptions is far cheaper than touching elements. */
function same(a: Child, b: Child): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  if (a.tag !== b.tag || a.key !== b.key || a.children.length !== b.children.length) return false;
  const names = Object.keys(b.attributes);
  if (names.length !== Object.keys(a.attributes).length) return false;
  if (names.some((name) => a.attributes[name] !== b.attributes[name])) return false;
  return a.children.every((child, i) => same(child, b.children[i] ?? ''));
}

function setAttribute(element: Element, name: string, value: Attributes[string]): void {
  if (value === false || value === null || value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? '' : String(value));
}
