// Harmony's question in a page of a service under its policy, version 1. docs/services.md says how to use it.
// It stores nothing. Whatever fails, nothing optional runs.
(() => {
  const { origin } = new URL(document.currentScript.src);
  const address = `${origin}/api/v1/consent`;
  const ran = new Set();
  let place, own, state, shown, told, busy, turn = 0;

  const make = (name, id, properties, ...children) => {
    const element = Object.assign(document.createElement(name), { id: `harmony-${id}` }, properties);
    element.append(...children);
    return element;
  };

  const ask = async (choices) => {
    const post = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ choices }) };
    const answer = await fetch(address, { credentials: 'include', cache: 'no-store', ...(choices && post) });
    if (!answer.ok) throw new Error(`Harmony answered ${answer.status}.`);
    return answer.json();
  };

  // Not by eval: the browser runs the copy as it runs any script of the page, with its nonce and under its policy.
  const run = (granted) => {
    for (const held of document.querySelectorAll('script[type="text/plain"][data-purpose]')) {
      const { purpose, type } = held.dataset;
      if (granted[purpose] !== true) continue;
      ran.add(purpose);
      const copy = held.cloneNode(true);
      copy.type = type || 'text/javascript';
      copy.async = false;
      held.replaceWith(copy);
    }
  };

  const answer = async (value) => {
    if (busy) return;
    busy = true;
    turn += 1;
    try {
      await ask(Object.fromEntries(state.asks.purposes.map(({ purpose }) => [purpose, value === 'yes'])));
      // Whether the browser kept it shows only now.
      const now = await ask();
      settle(now, now.decision ? '' : now.words.not_kept);
    } catch {
      const status = document.getElementById('harmony-status');
      if (status) status.textContent = state.words.failed;
    } finally {
      busy = false;
    }
  };

  const show = (note) => {
    const { asks, words, links, locale, direction } = state;
    const asking = !note && state.can_be_kept && asks;
    const face = JSON.stringify([asking, note, words, links]);
    if (face === shown) return;
    shown = face;
    const link = (id, href, text) => make('a', id, { href, textContent: text });
    const button = (id, value, text) => make('button', id, { name: 'answer', value, textContent: text });
    const status = make('p', 'status', { textContent: note });
    status.setAttribute('role', 'status');
    const policy = link('policy', links.policy, words.policy);
    let part;
    if (asking) {
      const form = make(
        'form', 'form', {},
        button('accept', 'yes', asks.accept), button('reject', 'no', asks.reject),
        link('choose', links.preferences, words.choose), policy,
      );
      form.addEventListener('submit', (event) => {
        event.preventDefault();
        if (event.submitter) answer(event.submitter.value);
      });
      const title = make('h2', 'title', { textContent: asks.title });
      part = make('section', 'banner', {}, title, make('p', 'text', { textContent: asks.text }), form, status);
      part.setAttribute('aria-labelledby', title.id);
    } else {
      part = make('nav', 'links', {}, status, link('preferences', links.preferences, words.preferences), ' ', policy);
      part.setAttribute('aria-label', words.preferences);
    }
    const hadFocus = place?.contains(document.activeElement);
    if (!place) {
      place = document.getElementById('harmony') ?? Object.assign(document.createElement('div'), { id: 'harmony' });
      own = !place.isConnected;
    }
    // The question stands before everything; a link that takes its place stays there until the next page.
    if (own && (asking || !place.isConnected)) document.body[asking ? 'prepend' : 'append'](place);
    place.lang = locale;
    place.dir = direction;
    place.replaceChildren(part);
    if (hadFocus) document.getElementById(asking ? 'harmony-accept' : 'harmony-preferences').focus();
  };

  const settle = (now, note = '') => {
    const granted = now.decision?.choices ?? {};
    // What ran cannot be undone in this page.
    for (const purpose of ran) if (granted[purpose] !== true) return location.reload();
    state = now;
    run(granted);
    show(note);
    document.documentElement.dataset.harmony = Object.keys(granted).filter((purpose) => granted[purpose] === true).join(' ');
    const { decision, token, consent_mode: consentMode } = now;
    const change = JSON.stringify([!!decision, granted]);
    if (change === told) return;
    told = change;
    document.dispatchEvent(new CustomEvent('harmony:change', { detail: { decided: !!decision, choices: granted, token, consentMode } }));
  };

  // Asked again whenever the reader comes back, from the preferences in another tab too.
  const refresh = () => {
    if (busy) return;
    const mine = ++turn;
    // What was asked later, or pressed meanwhile, knows better.
    ask().then((now) => mine === turn && settle(now)).catch(() => {});
  };

  const look = new CSSStyleSheet();
  look.replaceSync(`
    #harmony-banner { padding: 1rem; border-block-end: 1px solid; background: Canvas; color: CanvasText; font: 1rem/1.5 system-ui, sans-serif }
    #harmony-title { margin: 0; font-size: 1.25rem }
    #harmony-banner p { margin: .25rem 0 .75rem; max-inline-size: 44rem }
    #harmony-form { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 1fr)); gap: .75rem; align-items: center; max-inline-size: 44rem }
    #harmony-form button { min-block-size: 2.75rem; padding: .5rem 1rem; border: 2px solid CanvasText; border-radius: .4rem; background: CanvasText; color: Canvas; font: inherit; font-weight: 600; cursor: pointer }
    #harmony-banner a { color: LinkText }
    #harmony-banner :focus-visible { outline: 3px solid Highlight; outline-offset: 3px }
    #harmony-status:empty { display: none }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, look];

  addEventListener('pageshow', ({ persisted }) => persisted && refresh());
  document.addEventListener('visibilitychange', () => document.hidden || refresh());
  document.addEventListener('harmony:ask', refresh);
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', refresh);
  else refresh();
})();
