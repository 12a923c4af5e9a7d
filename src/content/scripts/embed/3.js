// Harmony's question in a page of a service under its policy, version 3. docs/services.md says how to use it.
// It stores nothing, and clears what is declared and not granted. Whatever fails, nothing optional runs.
(() => {
  // Markup can put an element in the place of any property of `document`, but not of its prototype.
  const page = new Proxy(Document.prototype, {
    get(prototype, name) {
      const value = Reflect.get(prototype, name, document);
      return typeof value === 'function' ? value.bind(document) : value;
    },
  });
  const { origin, pathname } = new URL(page.currentScript?.src || location);
  const started = Symbol.for('harmony');
  if (window[started] || !/\/embed(\/\d+)?\.js$/.test(pathname)) return;
  window[started] = true;

  const { fetch } = window;
  const ran = new Set();
  let granted = new Set();
  let asking, face, told, busy, queued, unkept, placedAt, known, reported, turn = 0;

  const make = (name, id, properties, ...children) => {
    const element = Object.assign(page.createElement(name), { id: `harmony-${id}` }, properties);
    element.append(...children);
    return element;
  };

  const status = make('p', 'status');
  status.setAttribute('role', 'status');
  let part = make('div', 'links');
  const box = make('div', 'box', {}, status, part);

  const ask = async (choices) => {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), 10000);
    try {
      const post = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ choices }) };
      const answer = await fetch(`${origin}/api/v1/consent`, {
        credentials: 'include',
        cache: 'no-store',
        signal: limit.signal,
        ...(choices && post),
      });
      if (!answer.ok) throw answer.status;
      const now = await answer.json();
      if (now.schema !== 'harmony-consent/1') throw now;
      return now;
    } finally {
      clearTimeout(timer);
    }
  };

  const held = () =>
    [...page.querySelectorAll('script[type="text/plain"][data-purpose]')].filter(({ dataset }) => granted.has(dataset.purpose));

  const run = () => {
    for (const script of held()) {
      const { purpose, type } = script.dataset;
      ran.add(purpose);
      // A new element: a clone of what came by innerHTML would not run.
      let copy = page.createElement('script');
      try {
        for (const attribute of script.attributes) copy.setAttributeNode(attribute.cloneNode());
        if (script.text) copy.text = script.text;
        copy.nonce = script.nonce;
      } catch {
        // Trusted Types: what the parser has read may run.
        copy = script;
      }
      copy.type = type || 'text/javascript';
      delete copy.dataset.type;
      copy.async = false;
      const gap = page.createTextNode('');
      script.replaceWith(gap);
      gap.replaceWith(copy);
    }
  };

  const place = () => {
    if (box.isConnected) return;
    // Dead copies, of a page that was kept.
    for (const old of page.querySelectorAll('div#harmony-box')) old.remove();
    const spot = page.querySelector('div#harmony');
    if (spot) spot.replaceChildren(box);
    // The question stands before everything; a link that takes its place stays there until the next page.
    else page.body?.[asking ? 'prepend' : 'append'](box);
    placedAt = Date.now();
  };

  const wait = (value) => {
    busy = value;
    part.setAttribute('aria-busy', value);
    for (const button of part.querySelectorAll('button')) button.setAttribute('aria-disabled', value);
  };

  const answer = async ({ asks, words, decision }, value) => {
    if (busy) return;
    wait(true);
    turn += 1;
    status.textContent = '';
    let note = 'failed';
    try {
      try {
        const about = asks?.purposes ?? Object.keys(decision.choices).map((purpose) => ({ purpose }));
        await ask(Object.fromEntries(about.map(({ purpose }) => [purpose, value === 'yes'])));
        note = 'saved';
      } catch (problem) {
        if (problem === 409) note = 'changed';
      }
      // Whether the browser kept it shows only now.
      const now = await ask();
      if (note === 'saved' && !now.decision) note = 'not_kept';
      if (note === 'failed' && !now.asks) note = '';
      settle(now, note);
      if (note === 'changed') {
        wait(true);
        // A double click is no answer to another question.
        await new Promise((done) => setTimeout(done, 1000));
      }
    } catch {
      status.textContent = words.failed;
    }
    wait(false);
  };

  const show = (now, note) => {
    const { asks, words, links, locale, direction } = now;
    const was = asking;
    let focused;
    unkept ||= note === 'not_kept';
    asking = !unkept && now.can_be_kept && asks;
    const next = JSON.stringify([asking, words, links, direction, granted.size]);
    if (next !== face) {
      const link = (id, href, textContent) => make('a', id, { href, textContent });
      const button = (id, value, textContent) =>
        make('button', id, { type: 'button', name: 'answer', value, textContent, onclick: () => answer(now, value) });
      const policy = link('policy', links.policy, words.policy);
      const first = asking
        ? make('h2', 'title', { textContent: asks.title, tabIndex: -1 })
        : link('preferences', links.preferences, words.preferences);
      const old = part;
      part = asking
        ? make(
            'section', 'banner', {}, first, make('p', 'text', { textContent: asks.text }),
            make(
              'div', 'form', {}, button('accept', 'yes', asks.accept), button('reject', 'no', asks.reject),
              link('choose', links.preferences, words.choose), policy,
            ),
          )
        : make('nav', 'links', {}, first, ' ', policy, ...(granted.size ? [' ', button('withdraw', 'no', words.withdraw)] : []));
      part.setAttribute('aria-label', first.textContent);
      focused = box.contains(page.activeElement) && first;
      old.replaceWith(part);
      box.lang = locale;
      box.dir = direction;
      if (asking && !was) box.remove();
    }
    place();
    if (focused) focused.focus();
    if (next !== face || note) status.textContent = words[note];
    face = next;
  };

  // At each path and domain that it can have.
  const expire = (name) => {
    const domains = location.hostname.split('.').map((_, at, all) => `; Domain=${all.slice(at).join('.')}`);
    const paths = location.pathname.split('/', 12).map((_, at, all) => all.slice(0, at + 1).join('/'));
    for (const path of paths.flatMap((path) => [path, `${path}/`])) {
      for (const domain of ['', ...domains]) {
        Reflect.set(Document.prototype, 'cookie', `${name}=; Path=${path}${domain}; Secure; Max-Age=0`, document);
      }
    }
  };

  // What this page can see, with its declarations. Refused is what is neither essential nor granted.
  const sweep = async (each) => {
    const look = async (kind, list, remove) => {
      try {
        for (const { name, expires } of await list()) {
          const { declared, granted } = known;
          const found = declared.filter((entry) => {
            const [before, after] = entry.name.split('*');
            const fits = name.length >= entry.name.length && name.startsWith(before) && name.endsWith(after);
            return entry.kind === kind && (after === undefined ? name === before : fits);
          });
          const refused = found[0] && found.every(({ purpose }) => purpose && !granted.has(purpose));
          if (name) each({ kind, name, expires, found, refused, remove });
        }
      } catch {
        // Not here.
      }
    };
    const cookies = () => [...page.cookie.matchAll(/(?:^|; )([^;=]+)=/g)].map(([, name]) => ({ name }));
    await look('cookie', () => window.cookieStore?.getAll?.() ?? cookies(), expire);
    for (const area of ['local', 'session']) {
      const items = () => window[`${area}Storage`];
      await look(`${area} storage`, () => Object.keys(items()).map((name) => ({ name })), (name) => items().removeItem(name));
    }
    await look('indexeddb', () => window.indexedDB.databases(), (name) => window.indexedDB.deleteDatabase(name));
  };

  // Names, without identifiers.
  const report = async () => {
    const findings = {};
    await sweep(({ kind, name, expires, found, refused }) => {
      const add = (finding, name) => (findings[[kind, name, finding]] = { kind, name, finding });
      const [entry] = found;
      const late = ({ max_age }) => expires > Date.now() + max_age * 1000 + 60000;
      const mask = /\S*@\S*|[\da-f]{4,}(-[\da-f]{4,})+|[\da-f]{8,}|\d{4,}|(?=[a-z]*\d)[a-z\d]{16,}|[^ -~]+/gi;
      if (!entry) add('undeclared', name.slice(0, 128).replace(mask, '*').replace(/(.{63}).{2,}/, '$1*'));
      if (refused) add('without_consent', entry.name);
      if (entry && found.every(late)) add('too_long', entry.name);
    });
    const body = JSON.stringify(Object.values(findings).slice(0, 50));
    if (body[2]) fetch(`${origin}/api/v1/findings`, { method: 'POST', body, credentials: 'omit', keepalive: true }).catch(() => {});
  };

  const settle = (now, note) => {
    const { decision, token, consent_mode: consentMode } = now;
    const choices = decision?.choices ?? {};
    granted = new Set(Object.keys(choices).filter((purpose) => choices[purpose] === true));
    // What ran cannot be undone in this page. The measurement stops without its element.
    if ([...ran].some((purpose) => !granted.has(purpose))) {
      for (const script of page.querySelectorAll('script[data-purpose]')) script.remove();
      return location.reload();
    }
    // In a frame, a grant may be unknown.
    if (now.declared && now.can_be_kept && window.top === window) {
      known = { declared: now.declared, granted };
      sweep(({ name, refused, remove }) => refused && remove(name));
      if (now.findings) reported ||= setTimeout(report, 5000);
    }
    show(now, note);
    run();
    page.documentElement.dataset.harmony = [...granted].join(' ');
    observer.observe(document, { childList: true, subtree: true });
    const change = JSON.stringify([!!decision, choices]);
    if (change === told) return;
    told = change;
    page.dispatchEvent(new CustomEvent('harmony:change', { detail: { decided: !!decision, choices, token, consentMode } }));
  };

  // Asked again whenever the reader comes back.
  const refresh = () => {
    if (busy) return;
    const mine = ++turn;
    ask().then((now) => mine === turn && settle(now)).catch(() => {});
  };

  const observer = new MutationObserver(() => {
    queued ||= setTimeout(() => {
      queued = 0;
      place();
      if (!held().length) return;
      granted = new Set();
      refresh();
    }, Date.now() - placedAt < 1000 ? 1000 : 50);
  });

  try {
    const look = new CSSStyleSheet();
    look.replaceSync(`
      #harmony-banner { padding: 1rem; border-block-end: 1px solid; background: Canvas; color: CanvasText; font: 1rem/1.5 system-ui, sans-serif }
      #harmony-title { margin: 0; font-size: 1.25rem }
      #harmony-text { margin: .25rem 0 .75rem; max-inline-size: 44rem }
      #harmony-form { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 1fr)); gap: .75rem; align-items: center; max-inline-size: 44rem }
      #harmony-form button { min-block-size: 2.75rem; padding: .5rem 1rem; border: 2px solid CanvasText; border-radius: .4rem; background: CanvasText; color: Canvas; font: inherit; font-weight: 600; cursor: pointer }
      #harmony-banner[aria-busy=true] button { opacity: .6; cursor: progress }
      #harmony-banner a { color: LinkText }
      #harmony-banner :focus-visible { outline: 3px solid Highlight; outline-offset: 3px }
      #harmony-status { margin: 0 }`);
    Reflect.set(Document.prototype, 'adoptedStyleSheets', [...page.adoptedStyleSheets, look], document);
  } catch {
    // Only the looks.
  }

  const on = (target, name, listener) => EventTarget.prototype.addEventListener.call(target, name, listener);
  on(window, 'pageshow', ({ persisted }) => persisted && refresh());
  on(window, 'online', refresh);
  on(document, 'visibilitychange', () => page.hidden || refresh());
  on(document, 'harmony:ask', refresh);
  if (page.readyState === 'loading') on(document, 'DOMContentLoaded', refresh);
  else refresh();
})();
