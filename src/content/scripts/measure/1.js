// Measures how fast the page loads and responds, and sends that once, when the visitor leaves.
// Only visitors who granted analytics get this script. It sends no identifier, and nothing once its
// element has left the page, as after a withdrawal.
(() => {
  const script = document.currentScript;
  const { origin } = new URL(script?.src || location);
  const isOwn = origin === location.origin;
  const [navigation] = performance.getEntriesByType('navigation');
  const [answer] = isOwn ? [navigation] : performance.getEntriesByName(`${origin}/api/v1/consent`).slice(-1);
  const timing = (entry, wanted) => entry?.serverTiming?.find(({ name }) => name === wanted);
  // The token says when the response was made. Every response of the same minute has the same one.
  const token = timing(answer, 'token')?.description;
  if (!token || document.visibilityState === 'hidden') return;

  // Of another site, the server wants no path.
  const values = { token, ...(isOwn && { page: location.pathname }) };
  let sent = false;
  const start = navigation.activationStart ?? 0;
  // The server rejects longer times, and the slowest visits must count.
  const time = (milliseconds) => Math.min(60000, Math.max(0, Math.round(milliseconds)));
  const since = (moment) => time(moment - start);
  const observers = [];
  const observe = (type, each, options) => {
    if (!PerformanceObserver.supportedEntryTypes.includes(type)) return;
    const read = (entries) => entries.forEach(each);
    const observer = new PerformanceObserver((list) => read(list.getEntries()));
    observer.observe({ type, buffered: true, ...options });
    observers.push([observer, read]);
  };

  values.navigation = start > 0 ? 'prerender' : navigation.type;
  const cache = timing(navigation, 'cache')?.description;
  if (cache === 'hit' || cache === 'miss') values.cache = cache;
  const server = timing(navigation, 'server');
  if (server) values.server = time(Math.ceil(server.duration));
  values.ttfb = since(navigation.responseStart);
  observe('paint', ({ name, startTime }) => {
    if (name === 'first-contentful-paint') values.fcp = since(startTime);
  });
  // The browser stops reporting these at the first input.
  observe('largest-contentful-paint', ({ startTime }) => {
    values.lcp = since(startTime);
  });

  // The largest session window: shifts less than a second apart, in five seconds at most.
  let score = 0;
  let first = 0;
  let last = 0;
  observe('layout-shift', ({ hadRecentInput, startTime, value }) => {
    if (hadRecentInput) return;
    const continues = startTime - last < 1000 && startTime - first < 5000;
    if (!continues) [score, first] = [0, startTime];
    score += value;
    last = startTime;
    values.cls = Math.min(100000, Math.max(values.cls ?? 0, Math.round(score * 10000)));
  });
  if (PerformanceObserver.supportedEntryTypes.includes('layout-shift')) values.cls = 0;

  // The slowest interaction, without the slowest of each fifty.
  const interactions = new Map();
  const input = ({ interactionId, duration }) => {
    if (!interactionId) return;
    interactions.set(interactionId, Math.max(interactions.get(interactionId) ?? 0, duration));
  };
  observe('event', input, { durationThreshold: 40 });
  observe('first-input', input);

  const send = () => {
    if (sent || script?.isConnected === false) return;
    sent = true;
    for (const [observer, read] of observers) {
      read(observer.takeRecords());
      observer.disconnect();
    }
    const slowest = [...interactions.values()].sort((a, b) => b - a);
    if (slowest.length > 0) values.inp = time(slowest[Math.floor(slowest.length / 50)]);
    navigator.sendBeacon(`${origin}/api/measurements`, new URLSearchParams(values));
  };
  addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') send();
  });
  addEventListener('pagehide', send);
})();
