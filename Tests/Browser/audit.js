// What people without a mouse, with a screen reader, with weak eyes or with a small screen would stumble over. Gives a
// list of faults, each a sentence; in the manner of axe-core's rules.
(() => {
  const faults = [];
  const where = e => `${e.tagName.toLowerCase()}${e.id ? '#' + e.id : ''}${e.className && e.className.baseVal === undefined ? '.' + String(e.className).trim().replace(/\s+/g, '.') : ''} "${(e.textContent || '').trim().slice(0, 40)}"`;
  const fault = (element, text) => faults.push(`${where(element)}: ${text}`);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const isShown = e => e.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: false }) && e.getClientRects().length > 0;
  const isClipped = e => { const s = getComputedStyle(e); return s.clipPath !== 'none' && s.position === 'absolute'; };

  // The document.
  if (!document.documentElement.lang) faults.push('html: no lang');
  if (!document.title.trim()) faults.push('no title');
  if (!document.querySelector('meta[name=viewport]')) faults.push('no viewport');
  if (/user-scalable\s*=\s*no|maximum-scale/.test(document.querySelector('meta[name=viewport]')?.content || '')) faults.push('zoom is forbidden');
  const ids = new Map();
  for (const e of all('[id]')) ids.set(e.id, (ids.get(e.id) || 0) + 1);
  for (const [id, count] of ids) if (count > 1) faults.push(`#${id} is there ${count} times`);

  // Landmarks and headings.
  if (all('main').length !== 1) faults.push(`${all('main').length} main landmarks`);
  if (all('h1').filter(isShown).length !== 1) faults.push(`${all('h1').length} headings of level 1`);
  let level = 0;
  for (const h of all('h1,h2,h3,h4,h5,h6').filter(isShown)) {
    const now = Number(h.tagName[1]);
    if (now > level + 1) fault(h, `heading of level ${now} after ${level}`);
    if (!h.textContent.trim()) fault(h, 'empty heading');
    level = now;
  }
  for (const e of all('body *')) {
    if (e.closest('main, header, footer, nav, aside, [role=search], script, noscript, .skip')) continue;
    if ([...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) fault(e, 'text outside all landmarks');
  }
  for (const nav of all('nav')) if (!nav.getAttribute('aria-label') && !nav.getAttribute('aria-labelledby')) fault(nav, 'no name');

  // Names.
  const referenced = e => (e.getAttribute('aria-labelledby') || '').split(/\s+/).filter(Boolean).map(id => document.getElementById(id)?.textContent || '').join(' ').trim();
  const nameOf = e => (e.getAttribute('aria-label') || referenced(e) || [...(e.labels || [])].map(l => l.textContent).join(' ') || e.getAttribute('title') || e.textContent || '').trim();
  for (const e of all('[aria-labelledby],[aria-describedby],[aria-controls],label[for]')) {
    for (const name of ['aria-labelledby', 'aria-describedby', 'aria-controls', 'for']) {
      for (const id of (e.getAttribute(name) || '').split(/\s+/).filter(Boolean)) if (!document.getElementById(id)) fault(e, `${name} names #${id}, which is not there`);
    }
  }
  const controls = 'a[href],button,input,select,textarea,summary,[tabindex]:not([tabindex="-1"]),[role=button],[role=progressbar],[role=img]';
  for (const e of all(controls).filter(isShown)) if (!nameOf(e)) fault(e, 'has no name');
  for (const image of all('img')) if (!image.hasAttribute('alt')) fault(image, 'has no alt');
  for (const svg of all('svg').filter(isShown)) if (svg.getAttribute('aria-hidden') !== 'true' && !nameOf(svg)) fault(svg, 'a picture without a name');
  const roles = new Set('status search img progressbar list listitem group region alert'.split(' '));
  for (const e of all('[role]')) if (!roles.has(e.getAttribute('role'))) fault(e, `role ${e.getAttribute('role')}`);
  for (const e of all('[role=progressbar]')) {
    const now = e.getAttribute('aria-valuenow');
    if (now !== null && !(Number(now) >= 0 && Number(now) <= 100)) fault(e, `aria-valuenow is ${now}`);
  }
  for (const e of all('[aria-hidden=true]')) if (e.matches(controls) || all(controls, e).length) fault(e, 'hidden from readers, and takes the focus');
  for (const e of all('[tabindex]')) if (Number(e.getAttribute('tabindex')) > 0) fault(e, 'changes the order of the focus');

  // Lists, tables.
  for (const list of all('ul,ol')) for (const child of list.children) if (!['LI', 'SCRIPT', 'TEMPLATE'].includes(child.tagName)) fault(child, 'not an item, in a list');
  for (const item of all('li')) if (!item.parentElement.matches('ul,ol')) fault(item, 'an item of no list');
  for (const list of all('dl')) for (const child of list.children) {
    const parts = child.tagName === 'DIV' ? [...child.children] : [child];
    for (const part of parts) if (!['DT', 'DD'].includes(part.tagName)) fault(part, 'neither a term nor what is said of it');
  }
  for (const table of all('table').filter(isShown)) {
    const heads = all('thead th', table);
    if (!heads.length) fault(table, 'no heads');
    for (const head of heads) { if (head.scope !== 'col') fault(head, 'no scope'); if (!head.textContent.trim()) fault(head, 'empty'); }
    for (const row of all('tbody tr', table)) if (row.cells.length !== heads.length) fault(row, `${row.cells.length} cells under ${heads.length} heads`);
  }

  // Contrast, of the colours as they come out.
  const parse = text => { const n = (text.match(/[\d.]+/g) || []).map(Number); return { r: n[0], g: n[1], b: n[2], a: n.length > 3 ? n[3] : 1 }; };
  const over = (top, below) => ({ r: top.r * top.a + below.r * (1 - top.a), g: top.g * top.a + below.g * (1 - top.a), b: top.b * top.a + below.b * (1 - top.a), a: 1 });
  const luminance = c => { const [r, g, b] = [c.r, c.g, c.b].map(v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
  const contrast = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p); return (x + .05) / (y + .05); };
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  function ground(e) {
    const layers = [];
    for (let at = e; at; at = at.parentElement) { const c = parse(getComputedStyle(at).backgroundColor); if (c.a > 0) layers.push(c); if (c.a === 1) break; }
    return layers.reverse().reduce((below, c) => over(c, below), dark ? { r: 18, g: 18, b: 18, a: 1 } : { r: 255, g: 255, b: 255, a: 1 });
  }
  const seen = new Map();
  for (const e of all('body *')) {
    if (!isShown(e) || isClipped(e) || e.closest('thead') && isClipped(e.closest('thead'))) continue;
    if (e.closest('script, noscript, .skip:not(:focus)')) continue;
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const style = getComputedStyle(e);
    let opacity = 1;
    for (let at = e; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
    const below = ground(e), colour = parse(style.color);
    colour.a *= opacity;
    const ratio = contrast(over(colour, below), below), pixels = parseFloat(style.fontSize);
    const large = pixels >= 24 || pixels >= 18.66 && Number(style.fontWeight) >= 700;
    if (ratio < (large ? 3 : 4.5)) seen.set(`${style.color} on ${below.r},${below.g},${below.b}`, `${where(e)}: contrast ${ratio.toFixed(2)} (${style.color} on ${Math.round(below.r)},${Math.round(below.g)},${Math.round(below.b)}; ${pixels}px)`);
    if (pixels < 11.9) fault(e, `text of ${pixels}px`);
  }
  faults.push(...seen.values());

  // Room.
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) {
    const wide = all('body *').filter(e => isShown(e) && !isClipped(e) && e.getBoundingClientRect().right > width + 1)
      .filter(e => { for (let at = e.parentElement; at; at = at.parentElement) if (getComputedStyle(at).overflowX !== 'visible') return false; return true; });
    faults.push(`wider than the window: ${document.documentElement.scrollWidth} > ${width}: ${wide.slice(0, 3).map(where).join('; ')}`);
  }
  for (const e of all('a[href],button,input,select,summary').filter(isShown)) {
    if (e.matches('.skip') || e.closest('p, dd')) continue;
    const box = e.getBoundingClientRect();
    if (box.height < 24) fault(e, `a target of ${Math.round(box.width)} × ${Math.round(box.height)} pixels`);
  }
  return faults;
})()
