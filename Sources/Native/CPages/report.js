'use strict';
(() => {
  const sheet = document.querySelector('.sheet'), tools = document.querySelector('.tools');
  if (!sheet || !tools) return;
  const cards = [...sheet.children].map((element, place) => ({
    element, place,
    text: element.querySelector('.name').title.toLowerCase(),
    labels: [...element.querySelectorAll('.labels bdi')].map(label => label.dataset.label),
    number: name => Number(element.dataset[name]),
  }));
  const [search, label, order] = ['search', 'label', 'order'].map(id => document.getElementById(id));
  const shown = document.getElementById('shown'), number = new Intl.NumberFormat('en');
  const labels = new Map();
  for (const card of cards) for (const name of new Set(card.labels)) labels.set(name, (labels.get(name) || 0) + 1);
  if (labels.size) {
    for (const [name, count] of [...labels].sort((a, b) => b[1] - a[1]).slice(0, 200)) label.add(new Option(`${name} (${number.format(count)})`, name));
  } else label.parentElement.hidden = true;
  const orders = {
    path: (a, b) => a.place - b.place,
    slowest: (a, b) => b.number('seconds') - a.number('seconds'),
    largest: (a, b) => b.number('bytes') - a.number('bytes'),
    saved: (a, b) => b.number('saved') - a.number('saved'),
    least: (a, b) => a.number('saved') - b.number('saved'),
    newest: (a, b) => b.number('finished') - a.number('finished'),
  };
  let ordered = 'path';
  function apply() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const card of cards) {
      const on = words.every(word => card.text.includes(word)) && (!label.value || card.labels.includes(label.value));
      if (card.element.hidden === on) card.element.hidden = !on;
      count += on;
    }
    if (order.value !== ordered) {
      ordered = order.value;
      const sorted = [...cards].sort((a, b) => orders[ordered](a, b) || a.place - b.place);
      sheet.append(...sorted.map(card => card.element));
    }
    shown.textContent = count === cards.length ? `${number.format(count)} pictures` : `${number.format(count)} of ${number.format(cards.length)} pictures`;
  }
  let soon = 0;
  search.addEventListener('input', () => { clearTimeout(soon); soon = setTimeout(apply, cards.length > 2000 ? 150 : 0); });
  label.addEventListener('change', apply);
  order.addEventListener('change', apply);
  tools.hidden = false;
  apply();
})();
