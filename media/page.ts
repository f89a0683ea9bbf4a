// The living page: takes snapshots, draws them, keeps the focus, and sends what the user does. What is drawn is in view.ts.

import type { FromPanel, PanelRow, PanelSession, PanelSnapshot } from '../src/protocol/panel.ts';
import { parseToPanel } from '../src/protocol/panel.ts';
import { refusal, type RowAction } from '../src/protocol/refusal.ts';
import { Announcer, standing } from './announce.ts';
import { arrangedWords, orderOf, showOf, type Arrangement } from './arrange.ts';
import { patch } from './dom.ts';
import { ROW_KEYS, isTurn, kept, moved } from './keyboard.ts';
import { START, isOpen, type Local, type Place } from './local.ts';
import { view } from './view.ts';

/** The way to the extension, and the memory that outlives a reload. */
export type Api = {
  send(message: FromPanel): void;
  getState(): unknown;
  setState(state: Memory): void;
};

type Memory = { readonly session: string | null; readonly candidate: string | null } & Partial<Arrangement>;

export class Page {
  readonly #api: Api;
  readonly #root: Element;
  readonly #announcer: Announcer;
  #snapshot: PanelSnapshot | null = null;
  #local: Local = START;
  #arrived = 0;
  #scheduled = false;
  /** Where the session stood when that was told last. */
  #standing = '';
  /** What was on show before a reload, until a session is back: a candidate is then asked for again. */
  #remembered: Memory;

  constructor(api: Api, root: HTMLElement, region: Element) {
    this.#api = api;
    this.#root = root;
    this.#announcer = new Announcer(region, () => performance.now());
    this.#remembered = remembered(api.getState());
    const { order = START.order, show = START.show } = this.#remembered;
    this.#local = { ...START, order, show };
    root.addEventListener('click', (event) => this.#click(event));
    root.addEventListener('dblclick', (event) => this.#doubleClick(event));
    root.addEventListener('keydown', (event) => this.#key(event));
    root.addEventListener('focusin', (event) => this.#focused(event.target));
    root.addEventListener('mouseover', (event) => this.#pointed(placeOf(event.target)));
    root.addEventListener('mouseleave', () => this.#pointed(null));
    this.#draw();
    api.send({ type: 'ready', session: this.#remembered.session });
  }

  /** Takes a message of the extension; anything else is dropped. */
  receive(message: unknown): void {
    const parsed = parseToPanel(message);
    if (!parsed) return;
    const before = this.#snapshot?.session?.id ?? null;
    this.#snapshot = parsed.snapshot;
    this.#arrived = performance.now();
    const { session } = parsed.snapshot;
    if (session && session.id !== before) this.#changedSession(session);
    this.#schedule();
  }

  /** Moves the clock of a running session on. */
  tick(): void {
    if (this.#snapshot?.session?.running) this.#schedule();
  }

  #changedSession(session: PanelSession): void {
    const { order, show } = this.#local;
    this.#local = { ...START, order, show, focus: { row: session.detail?.row.id ?? 'baseline', column: 0 } };
    const { candidate } = this.#remembered;
    if (candidate !== null) this.#send({ type: 'select', session: session.id, candidate });
    this.#remembered = { session: null, candidate: null, order, show };
  }

  /** Snapshots may come faster than frames; only the newest is drawn. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#draw();
    });
  }

  #draw(): void {
    const { activeElement } = this.#root.ownerDocument;
    const inGrid = activeElement !== null && placeOf(activeElement) !== null && this.#root.contains(activeElement);
    const session = this.#snapshot?.session ?? null;
    if (session) this.#local = { ...this.#local, focus: kept(session, this.#local) };
    this.#local = { ...this.#local, since: performance.now() - this.#arrived };
    patch(this.#root, view(this.#snapshot, this.#local));
    if (inGrid && placeOf(this.#root.ownerDocument.activeElement) === null) this.#focusCell();
    if (!this.#snapshot) return;
    const { text, last } = standing(this.#snapshot);
    // Once: else every redraw would take back what was said about a choice or a key.
    if (text !== this.#standing) this.#announcer.say(text, last);
    this.#standing = text;
    const { order, show } = this.#local;
    const shown = session ? { session: session.id, candidate: session.detail?.row.id ?? null } : this.#remembered;
    this.#api.setState({ ...shown, order, show });
  }

  #send(message: FromPanel): void {
    this.#api.send(message);
  }

  #focusCell(): void {
    const { row, column } = this.#local.focus;
    const line = [...this.#root.querySelectorAll('[data-row]')].find((one) => one.getAttribute('data-row') === row);
    const cell = line?.querySelector(`[data-column="${column}"]`) ?? line?.querySelector('[data-column]');
    if (!(cell instanceof HTMLElement)) return;
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  #focused(target: EventTarget | null): void {
    const place = placeOf(target);
    const session = this.#snapshot?.session;
    if (!place || !session) return;
    this.#local = { ...this.#local, focus: place, point: place, notice: null };
    const row = rowOf(session, place.row);
    if (row && session.detail?.row.id !== row.id)
      this.#send({ type: 'select', session: session.id, candidate: row.id });
    this.#schedule();
  }

  #pointed(place: Place | null): void {
    const { point } = this.#local;
    if (place?.row === point?.row && place?.column === point?.column) return;
    this.#local = { ...this.#local, point: place, notice: null };
    this.#schedule();
  }

  #click(event: Event): void {
    const target = event.target instanceof Element ? event.target.closest('[data-action]') : null;
    const action = target?.getAttribute('data-action');
    if (!target || !action) return;
    const session = this.#snapshot?.session ?? null;
    switch (action) {
      case 'diff':
      case 'apply':
      case 'turn':
        return this.#act(action, target.getAttribute('data-candidate'));
      case 'toggle':
        return this.#toggle(Number(target.getAttribute('data-turn')));
      case 'order':
      case 'show':
        return this.#arrange(target);
      case 'stop':
        return this.#send({ type: 'stop', session: session?.running ? session.id : null });
      case 'reveal':
        return session ? this.#send({ type: 'reveal', session: session.id }) : undefined;
      case 'cancelQueued':
        return this.#send({ type: 'cancelQueued', id: target.getAttribute('data-queued') ?? '' });
      case 'repair':
      case 'history':
      case 'log':
        return this.#send({ type: action });
    }
  }

  #doubleClick(event: Event): void {
    const place = placeOf(event.target);
    if (place && !isTurn(place.row) && place.row !== 'head') this.#act('diff', place.row);
  }

  #key(event: KeyboardEvent): void {
    const session = this.#snapshot?.session;
    const place = placeOf(event.target);
    if (!session || event.altKey) return;
    const far = event.ctrlKey || event.metaKey;
    if (place) {
      if (isTurn(place.row) && !far && this.#foldKey(event.key, Number(place.row.slice(5))))
        return event.preventDefault();
      if (place.row === 'head' && (event.key === 'Enter' || event.key === ' ') && event.target instanceof Element) {
        event.preventDefault();
        return this.#arrange(event.target);
      }
      const next = moved(session, this.#local, event.key, far);
      if (next) {
        event.preventDefault();
        this.#local = { ...this.#local, focus: next };
        return this.#focusCell();
      }
    }
    const action = far ? undefined : ROW_KEYS[event.key];
    // On a button or a fold Enter is theirs; the letters work in the details as well.
    const inDetails = event.target instanceof Element && event.target.closest('.details') !== null;
    if (!action || (!place && !(inDetails && action !== 'diff'))) return;
    event.preventDefault();
    this.#act(action, place ? place.row : (session.detail?.row.id ?? null));
  }

  /** Whether the key opens or closes the turn. */
  #foldKey(key: string, turn: number): boolean {
    const session = this.#snapshot?.session;
    if (!session) return false;
    const open = isOpen(session, this.#local, turn);
    if (key === 'Enter' || key === ' ' || (key === 'ArrowRight' && !open) || (key === 'ArrowLeft' && open)) {
      this.#toggle(turn);
      return true;
    }
    return false;
  }

  #toggle(turn: number): void {
    const session = this.#snapshot?.session;
    if (!session) return;
    const toggled = { ...this.#local.toggled, [turn]: !isOpen(session, this.#local, turn) };
    this.#local = { ...this.#local, toggled };
    this.#schedule();
  }

  /** What the button or the column's head stands for. */
  #arrange(target: Element): void {
    const value = target.getAttribute('data-value');
    const action = target.getAttribute('data-action');
    const { order, show } = this.#local;
    if (action !== 'order' && action !== 'show') return;
    const chosen =
      action === 'order' ? { order: orderOf(value) ?? order, show } : { order, show: showOf(value) ?? show };
    this.#local = { ...this.#local, ...chosen };
    this.#announcer.remark(arrangedWords(this.#snapshot?.session?.rounds ?? [], chosen));
    this.#schedule();
  }

  #act(action: RowAction, candidate: string | null): void {
    const session = this.#snapshot?.session;
    const row = session && candidate !== null ? rowOf(session, candidate) : undefined;
    if (!session || !row) return;
    const reason = refusal(session, row, action);
    if (reason === null) return this.#send({ type: action, session: session.id, candidate: row.id });
    this.#local = { ...this.#local, notice: reason };
    this.#announcer.remark(reason);
    this.#schedule();
  }
}

function rowOf(session: PanelSession, id: string): PanelRow | undefined {
  return [session.baseline, ...session.rounds.flatMap((round) => round.rows)].find((row) => row.id === id);
}

/** The grid cell that the event happened in. */
function placeOf(target: EventTarget | null): Place | null {
  const cell = target instanceof Element ? target.closest('[data-column]') : null;
  const row = cell?.closest('[data-row]')?.getAttribute('data-row');
  return cell && row ? { row, column: Number(cell.getAttribute('data-column')) } : null;
}

function remembered(state: unknown): Memory {
  const { session, candidate, order, show } = (state ?? {}) as Record<string, unknown>;
  return {
    session: typeof session === 'string' ? session : null,
    candidate: typeof candidate === 'string' ? candidate : null,
    order: orderOf(order) ?? START.order,
    show: showOf(show) ?? START.show,
  };
}
