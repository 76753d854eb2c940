'use strict';
// Shows the traces that the page holds, one or two arrays on one clock.
//
// In cycle n registers hold what clock edge n brought, and the edges show what edge n + 1 will take.
// Everything that is drawn is read from the trace; nothing is worked out but products, how full a sum
// is, and which lane a result on its way belongs to: that of its port, as many cycles later.
// The address says what is shown: #cycle=17, and #cycle=17&pe=RUN.ROW.COLUMN with an element chosen.
(() => {
  const SVG = 'http://www.w3.org/2000/svg';
  const PITCH = 60, CELL = 48, LEFT = 46, TOP = 50, MARGIN = 6;  // of the picture
  const SPEEDS = [1, 2, 4, 8, 16, 32];                           // cycles a second
  const LANES = {even: 'even lane', odd: 'odd lane', all: 'a window\'s, in both lanes'};
  const byId = id => document.getElementById(id);

  // ------------------------------------------------------------------ traces

  // As packed(): little-endian integers.
  function unpacked({bytes, base64}) {
    const data = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
    const Kind = {1: Int8Array, 2: Int16Array, 4: Int32Array, 8: BigInt64Array}[bytes];
    if (data.length === 0) return new Kind(0);
    const view = new DataView(data.buffer), values = new Kind(data.length / bytes);
    const read = {1: 'getInt8', 2: 'getInt16', 4: 'getInt32', 8: 'getBigInt64'}[bytes];
    for (let i = 0; i < values.length; ++i) values[i] = view[read](i * bytes, true);
    return values;
  }

  function trace(json) {
    const run = {...json};
    for (const name of ['a', 'b', 'acc', 'out', 'last', 'edge_a', 'edge_tap', 'edge_b', 'held', 'step', 'beat'])
      run[name] = unpacked(json[name]);
    run.end = run.first_cycle + run.cycles - 1;
    run.pes = run.rows * run.cols;
    const of = {};
    for (const name of ['cycle', 'col', 'row', 'step', 'value', 'output']) of[name] = unpacked(json.results[name]);
    run.results = new Map();  // by cycle and column
    json.results.lane.forEach((lane, i) => run.results.set(of.cycle[i] * run.cols + of.col[i], {
      lane, row: of.row[i], step: of.step[i], value: of.value[i], output: of.output[i]}));
    work(run);
    return run;
  }

  // Which elements multiply, and how full sums are: of 0 to 1, the fullest that there is.
  function work(run) {
    const delay = 1 + run.mac_stages;  // cycles from a product's operands to its sum
    run.busy = new Uint8Array(run.a.length);
    run.count = new Uint16Array(run.a.length);  // products in the sum
    run.occupancy = new Uint16Array(run.cycles);
    run.products = new Uint32Array(run.cycles);  // up to and with this cycle
    for (let i = 0; i < run.a.length; ++i)
      if (run.a[i] && run.b[i]) { run.busy[i] = 1; ++run.occupancy[Math.floor(i / run.pes)]; }
    run.occupancy.forEach((n, t) => { run.products[t] = n + (t ? run.products[t - 1] : 0); });
    run.fullest = 1;
    for (let pe = 0; pe < run.pes; ++pe) {
      let count = 0, over = false;
      for (let t = 0; t < run.cycles; ++t) {
        const i = t * run.pes + pe;
        if (over) count = 0;
        count += run.busy[i];
        over = run.last[i] !== 0;
        if (count > run.fullest) run.fullest = count;
        if (t + delay < run.cycles) run.count[i + delay * run.pes] = over && delay === 1 ? 0 : count;
      }
    }
  }

  const runs = [...document.querySelectorAll('script.trace')].map(script => trace(JSON.parse(script.textContent)));
  const first = Math.min(...runs.map(run => run.first_cycle)), last = Math.max(...runs.map(run => run.end));
  let cycle = first, playing = null, speed = 4, chosen = null;  // chosen: {run, row, col}

  // ------------------------------------------------------------------ pictures

  function element(name, attributes, parent) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    parent.append(made);
    return made;
  }
  // Touches the page only where something changes.
  function put(node, key, value) {
    if (node.shown === undefined) node.shown = {};
    if (node.shown[key] === value) return;
    node.shown[key] = value;
    if (key === 'text') node.textContent = value;
    else node.setAttribute(key, value);
  }
  // A text in letters that become smaller where it is long.
  function fit(node, text, most, room) {
    put(node, 'text', text);
    put(node, 'style', `font-size:${Math.min(most, room / Math.max(text.length, 1)).toFixed(1)}px`);
  }
  const cycles = n => Number(n).toLocaleString('en');

  function pill(parent, x, y, at) {
    const group = element('g', {class: 'pill off'}, parent);
    element('rect', {x, y, width: 22, height: 15}, group);
    group.label = element('text', {x: x + 11, y: y + 8, 'data-at': at}, group);
    return group;
  }
  function show(pill, kind, value) {
    put(pill, 'class', value ? `pill ${kind}` : 'pill off');
    fit(pill.label, value ? String(value) : '', 10.5, 36);
  }

  // The picture of one array; draw() fills it.
  function picture(run, number) {
    const section = byId(`run${number}`);
    const width = LEFT + run.cols * PITCH + MARGIN, height = TOP + run.rows * PITCH + MARGIN;
    const svg = element('svg', {class: 'array', viewBox: `0 0 ${width} ${height}`, role: 'img', tabindex: 0,
      'aria-label': `${run.rows} by ${run.cols} processing elements; the arrow keys choose one, its numbers are below`},
      section.querySelector('.view'));
    const view = {run, number, svg, section, rows: [], cols: [], pes: [],
      state: section.querySelector('.state'), numbers: section.querySelector('.numbers')};
    const key = (what, ...place) => `${what} ${[number, ...place].join(' ')}`;
    for (let r = 0; r < run.rows; ++r) {
      const y = TOP + r * PITCH;
      const row = {
        light: element('rect', {class: 'row', x: 0, y: y - 5, width, height: PITCH - 4, rx: 8}, svg),
        bus: element('path', {class: 'bus', d: `M4 ${y + CELL + 4}H${width - MARGIN - 14}`}, svg),
        a: pill(svg, 4, y + 3, key('edge_a', r)), tap: pill(svg, 4, y + CELL - 16, key('edge_tap', r))};
      view.rows.push(row);
    }
    for (let c = 0; c < run.cols; ++c) {
      const x = LEFT + c * PITCH;
      view.cols.push({
        port: element('text', {class: 'port', x: x + CELL / 2, y: 10, 'data-at': key('port', c)}, svg),
        b: pill(svg, x + CELL - 23, 20, key('edge_b', c))});
    }
    for (let r = 0; r < run.rows; ++r)
      for (let c = 0; c < run.cols; ++c) {
        const x = LEFT + c * PITCH, y = TOP + r * PITCH;
        const group = element('g', {class: 'pe'}, svg);
        const pe = {group,
          west: element('path', {class: 'link', d: `M${x - 14} ${y + 10}H${x}`}, group),
          north: element('path', {class: 'link', d: `M${x + CELL - 12} ${y - 14}V${y}`}, group),
          drop: element('path', {class: 'drop', d: `M${x + CELL - 12} ${y + CELL + 4}V${y + CELL}`}, group),
          cell: element('rect', {class: 'cell', x, y, width: CELL, height: CELL, rx: 6}, group),
          level: element('rect', {class: 'level', x: x + 2, width: CELL - 4, rx: 4, y, height: 0}, group),
          acc: element('text', {class: 'acc', x: x + CELL / 2, y: y + 34, 'data-at': key('acc', r, c)}, group),
          a: pill(group, x + 1.5, y + 3, key('a', r, c)), b: pill(group, x + CELL - 23.5, y + 3, key('b', r, c)),
          out: element('rect', {class: 'out off', x: x + CELL + 1, y: y + 8, width: 5, height: CELL - 16, rx: 2.5,
            'data-at': key('out', r, c)}, group), x, y};
        group.place = {run: number, row: r, col: c};
        view.pes.push(pe);
      }
    svg.addEventListener('pointermove', event => { if (event.pointerType === 'mouse') choose(place(event)); });
    svg.addEventListener('pointerleave', event => { if (event.pointerType === 'mouse') choose(null); });
    svg.addEventListener('click', event => choose(place(event)));
    svg.addEventListener('keydown', event => {
      const move = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]}[event.key];
      if (event.key === 'Escape') choose(null);
      if (!move || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      const from = chosen && chosen.run === number ? chosen : {row: 0, col: 0}, moved = from === chosen ? move : [0, 0];
      choose({run: number, row: Math.min(Math.max(from.row + moved[0], 0), run.rows - 1),
        col: Math.min(Math.max(from.col + moved[1], 0), run.cols - 1)});
    });
    new ResizeObserver(() => {
      // Numbers that can not be read are left out.
      const scale = Math.min(svg.clientWidth / width, svg.clientHeight / height);
      svg.classList.toggle('small', scale < 0.72);
    }).observe(svg);
    return view;
  }
  function place(event) {
    const pe = event.target.closest && event.target.closest('g.pe');
    return pe ? pe.place : null;
  }

  // Where a run is in this cycle: behind its end it stays as it ended.
  const moment = (run, at) => Math.min(Math.max(at, run.first_cycle), run.end) - run.first_cycle;
  // The lane of a result in row r of column c: that of the port that it reaches r cycles later.
  function lane(run, t, r, c) {
    const there = run.results.get((run.first_cycle + t + r) * run.cols + c);
    return there ? there.lane : '';
  }

  function draw(view) {
    const {run} = view, t = moment(run, cycle), at = t * run.pes;
    view.pes.forEach((pe, i) => {
      const r = Math.floor(i / run.cols), c = i % run.cols, k = at + i;
      const held = run.held[t * run.rows + r] !== 0;
      const tapped = held && run.b[k] !== 0 && run.b[k] !== 0n;
      put(pe.group, 'class', `pe${run.busy[k] ? ' busy' : ''}${
        chosen && chosen.run === view.number && chosen.row === r && chosen.col === c ? ' chosen' : ''}`);
      show(pe.a, 'a', run.a[k]);
      show(pe.b, held ? 'tap' : 'b', run.b[k]);
      put(pe.west, 'class', run.a[k] ? 'link a' : 'link');
      put(pe.north, 'class', run.b[k] && !held ? 'link b' : 'link');
      put(pe.drop, 'class', tapped ? 'drop lit' : 'drop');
      const text = String(run.acc[k]), height = (CELL - 4) * Math.min(run.count[k] / run.fullest, 1);
      fit(pe.acc, text === '0' ? '' : text, 12.5, 78);
      put(pe.level, 'y', (pe.y + CELL - 2 - height).toFixed(1));
      put(pe.level, 'height', height.toFixed(1));
      const going = run.out[k] ? lane(run, t, r, c) : '';
      put(pe.out, 'class', run.out[k] ? `out ${going}` : 'out off');
      put(pe.out, 'x', pe.x + CELL + (going === 'odd' ? 6.5 : 1));
      put(pe.out, 'width', going === 'all' ? 10 : 5);
    });
    view.rows.forEach((row, r) => {
      const k = t * run.rows + r, lit = run.held[k] !== 0 && run.b.slice(at + r * run.cols, at + (r + 1) * run.cols).some(b => b);
      put(row.light, 'class', lit ? 'row lit' : 'row');
      put(row.bus, 'class', lit ? 'bus lit' : 'bus');
      show(row.a, 'a', run.edge_a[k]);
      show(row.tap, 'tap', run.edge_tap[k]);
    });
    view.cols.forEach((col, c) => {
      const result = run.results.get((run.first_cycle + t) * run.cols + c);
      fit(col.port, result ? String(result.value) : '', 12, 90);
      put(col.port, 'class', result ? `port ${result.lane}${result.output < 0 ? ' dropped' : ''}` : 'port');
      show(col.b, 'b', run.edge_b[t * run.cols + c]);
    });
    say(view, t);
  }

  // ------------------------------------------------------------------ words

  function paragraph(node, parts) {  // strings, and [string] in bold
    node.replaceChildren(...parts.map(part => {
      if (typeof part === 'string') return document.createTextNode(part);
      const bold = document.createElement('b');
      bold.textContent = part[0];
      return bold;
    }));
  }

  const PHASES = {fill: 'Samples come in, no tap yet', compute: 'Operands come in', lane_wait: 'Waits for a free lane of results',
    gap: 'Nothing is offered', drain: 'Only results are on their way', idle: 'Nothing to do'};

  function say(view, t) {
    const {run} = view, share = n => `${(100 * n / run.pes).toFixed(n < run.pes / 10 ? 1 : 0)} %`;
    const phase = run.phase[t], over = cycle > run.end, kind = run.kind[t];
    paragraph(view.state, [
      [`${run.occupancy[t]} of ${run.pes} PEs multiply`], `; ${share(run.products[t] / (t + 1))} on average so far. `,
      over ? `Over since cycle ${run.end}.` : `${PHASES[phase] || phase}${
        kind ? `: ${kind}, step ${run.step[t]}${phase === 'fill' || phase === 'compute' ? `, beat ${run.beat[t]}` : ''}` : ''}.`,
      ` It took ${cycles(run.last_counted_cycle - run.first_counted_cycle + 1)} cycles${
        run.exact ? ', as predicted; all results are right.' : '; results or cycles are wrong.'}`]);
    if (!chosen || chosen.run !== view.number) {
      paragraph(view.numbers, ['Point at a PE, or tap it: its numbers are shown here.']);
      return;
    }
    const {row, col} = chosen, k = t * run.pes + row * run.cols + col, next = k + run.pes;
    const held = run.held[t * run.rows + row] !== 0;
    const going = run.out[k] ? LANES[lane(run, t, row, col)] : '';
    const parts = [[`PE row ${row}, column ${col}`], `: a `, [`${run.a[k]}`], ` × ${held ? 'tap' : 'b'} `, [`${run.b[k]}`],
      ` = ${BigInt(run.a[k]) * BigInt(run.b[k])}; sum `, [`${run.acc[k]}`],
      next < run.acc.length ? `, then ${run.acc[next]}` : '', run.last[k] ? ' (its last product: the sum goes to the drain)' : '',
      '; drain ', [`${run.out[k]}`], going ? ` (${going})` : '', '.'];
    const result = run.results.get((run.first_cycle + t) * run.cols + col);
    if (result) {
      const [, height, width] = run.outputs, output = Number(result.output);
      parts.push(` Column ${col}'s port: ${result.value}, of row ${result.row}, step ${result.step}, `, output < 0 ? 'dropped.' :
        `output channel ${Math.floor(output / (height * width))}, line ${Math.floor(output / width) % height}, column ${output % width}.`);
    }
    paragraph(view.numbers, parts);
  }

  // ------------------------------------------------------------------ plots

  function plot(run) {
    const box = document.createElement('div'), label = document.createElement('div');
    box.className = 'plot';
    label.append(run.mapping, document.createElement('br'), `PEs at work, of ${run.pes}`);
    box.append(label);
    byId('plots').append(box);
    const span = last - first + 1;
    const svg = element('svg', {viewBox: `${first} 0 ${span} 100`, preserveAspectRatio: 'none'}, box);
    for (let from = 0, t = 1; t <= run.cycles; ++t)
      if (t === run.cycles || run.phase[t] !== run.phase[from]) {
        element('rect', {class: run.phase[from], x: run.first_cycle + from, y: 90, width: t - from, height: 10,
          fill: 'none'}, svg);
        from = t;
      }
    let path = `M${run.first_cycle} 88`;
    run.occupancy.forEach((n, t) => { path += `V${(88 - 86 * n / run.pes).toFixed(1)}h1`; });
    element('path', {class: 'area', d: `${path}V88Z`}, svg);
    const head = element('path', {class: 'head'}, svg);
    const scrub = event => {
      const box = svg.getBoundingClientRect();
      go(first + Math.floor((event.clientX - box.left) / box.width * span));
    };
    svg.addEventListener('pointerdown', event => { svg.setPointerCapture(event.pointerId); stop(); scrub(event); });
    svg.addEventListener('pointermove', event => { if (event.buttons) scrub(event); });
    return () => put(head, 'd', `M${cycle + 0.5} 0V100`);
  }

  // ------------------------------------------------------------------ the clock

  const views = runs.map(picture), plots = runs.map(plot);
  const still = matchMedia('(prefers-reduced-motion: reduce)');

  // What has just come in moves in from where it was.
  function animate(view) {
    const {run} = view, t = moment(run, cycle), duration = Math.min(900 / speed, 400);
    if (still.matches || speed > 8 || cycle > run.end || !view.svg.animate) return;
    view.pes.forEach((pe, i) => {
      const k = t * run.pes + i, held = run.held[t * run.rows + Math.floor(i / run.cols)] !== 0;
      const move = (node, x, y) => node.animate(
        [{transform: `translate(${x}px,${y}px)`}, {transform: 'none'}], {duration, easing: 'ease-out'});
      if (run.a[k]) move(pe.a, -PITCH, 0);
      if (run.b[k]) {
        if (held) pe.b.animate([{opacity: 0}, {opacity: 1}], {duration: duration / 2});
        else move(pe.b, 0, -PITCH);
      }
      if (run.out[k] && i + run.cols < run.pes) move(pe.out, 0, PITCH);
    });
  }

  function update() {
    views.forEach(draw);
    plots.forEach(show => show());
    byId('scrub').value = cycle;
    byId('scrub').setAttribute('aria-valuetext', `cycle ${cycle} of ${last}`);
    byId('clock').textContent = `cycle ${cycle} of ${last}`;
  }
  function address() {
    const hash = `#cycle=${cycle}${chosen ? `&pe=${chosen.run}.${chosen.row}.${chosen.col}` : ''}`;
    try { history.replaceState(null, '', hash); } catch { /* a browser may forbid it for files */ }
  }
  function go(to) {
    const forward = to === cycle + 1;
    cycle = Math.min(Math.max(to, first), last);
    update();
    if (forward) views.forEach(animate);
    if (!playing) address();
  }
  function choose(place) {
    if (place === chosen || (place && chosen && ['run', 'row', 'col'].every(key => place[key] === chosen[key]))) return;
    chosen = place;
    views.forEach(draw);
  }
  function stop() {
    if (!playing) return;
    clearInterval(playing);
    playing = null;
    label();
    address();
  }
  function play() {
    if (playing) { stop(); return; }
    if (cycle === last) go(first);
    playing = setInterval(() => { if (cycle === last) stop(); else go(cycle + 1); }, 1000 / speed);
    label();
  }
  function label() {
    // What changes in every cycle is not for reading aloud.
    for (const view of views) view.numbers.setAttribute('aria-live', playing ? 'off' : 'polite');
    byId('play').setAttribute('aria-label', playing ? 'stop' : 'play');
    byId('play').querySelector('path').setAttribute('d', playing ? 'M3 2h4v12H3zM9 2h4v12H9z' : 'M3 2v12l10-6z');
  }
  function pace(to) {
    speed = to;
    byId('speed').value = String(speed);
    if (playing) { clearInterval(playing); playing = null; play(); }
  }
  function step(by) {
    stop();
    go(cycle + by);
  }
  function read() {
    const values = new URLSearchParams(location.hash.slice(1));
    const at = Number.parseInt(values.get('cycle'), 10);
    const [run, row, col] = (values.get('pe') || '').split('.').map(text => Number.parseInt(text, 10));
    if (runs[run] && row >= 0 && row < runs[run].rows && col >= 0 && col < runs[run].cols) chosen = {run, row, col};
    cycle = Number.isNaN(at) ? cycle : Math.min(Math.max(at, first), last);
    update();
  }

  for (const choice of SPEEDS) {
    const option = document.createElement('option');
    option.value = choice;
    option.textContent = `${choice}/s`;
    option.title = 'cycles a second';
    byId('speed').append(option);
  }
  byId('speed').value = String(speed);
  byId('speed').addEventListener('change', () => pace(Number(byId('speed').value)));
  Object.assign(byId('scrub'), {min: first, max: last});
  byId('scrub').addEventListener('input', () => { stop(); go(Number(byId('scrub').value)); });
  byId('first').addEventListener('click', () => step(first - cycle));
  byId('back').addEventListener('click', () => step(-1));
  byId('play').addEventListener('click', play);
  byId('forward').addEventListener('click', () => step(1));
  byId('end').addEventListener('click', () => step(last - cycle));
  addEventListener('hashchange', read);
  addEventListener('keydown', event => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest?.('select')) return;
    const ranged = event.target === byId('scrub');  // moves by itself
    const by = event.shiftKey ? 10 : 1;
    const act = {
      ' ': event.target.closest?.('button') ? null : play,
      ArrowLeft: ranged ? null : () => step(-by), ArrowRight: ranged ? null : () => step(by),
      Home: ranged ? null : () => step(first - cycle), End: ranged ? null : () => step(last - cycle),
      '+': () => pace(SPEEDS[Math.min(SPEEDS.indexOf(speed) + 1, SPEEDS.length - 1)]),
      '-': () => pace(SPEEDS[Math.max(SPEEDS.indexOf(speed) - 1, 0)]),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  read();
})();
