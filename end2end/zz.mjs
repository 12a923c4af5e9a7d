import { chromium } from 'playwright-core';
const base = process.argv[2], out = process.argv[3];
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox','--disable-gpu','--disable-quic','--no-first-run','--disable-background-networking','--disable-component-update','--disable-sync'] });
let bad = 0;
for (const width of [1280, 320]) {
  for (const lang of ['en','es','nl','pl']) for (const path of ['', 'policy','preferences','statistics','services','transparency','verify','sign-in','sign-up','policy/1.1','policy/compare/1.2/1.3','preferences/history']) {
    const c = await b.newContext({ viewport: { width, height: 900 } }); const p = await c.newPage();
    p.on('console', (m) => { console.log('console', lang, path, m.text()); });
    const r = await p.goto(`${base}/${lang}/${path}`);
    const over = await p.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (r.status() !== 200 || over > 0) { bad++; console.log(width, lang, path, r.status(), over); }
    if (['policy','preferences',''].includes(path)) await p.screenshot({ path: `${out}/${width}-${lang}-${path || 'home'}.png` });
    await c.close();
  }
}
console.log('bad', bad);
await b.close();
