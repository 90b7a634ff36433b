// Draws a site's figures as plots, in the colours of the page. Without this script the tables stand there alone.
"use strict";

(() => {
  const place = document.querySelector("[data-figures]");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const ROW = 38;
  const HEIGHT = 240;
  // Okabe and Ito's colours, which people who see few colours tell apart; a shade lighter on dark ground.
  const COLOURS = {
    light: { approved: "#0072b2", waiting: "#e69f00", rejected: "#8c8480", spam: "#b3402a", withdrawn: "#cc79a7", first: "#0072b2", second: "#d55e00", soft: "#a9c9de" },
    dark: { approved: "#56b4e9", waiting: "#f0c350", rejected: "#9b908a", spam: "#ff8a6b", withdrawn: "#e6a5c9", first: "#56b4e9", second: "#ff9a4d", soft: "#35596d" },
  };
  const day = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });
  const DATES = { grid: { show: false }, space: 64, values: (_u, ticks) => ticks.map((tick) => day.format(new Date(tick * 1000))) };
  const plots = [];
  let figures = null;

  const colour = (name) => COLOURS[dark.matches ? "dark" : "light"][name];
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const whole = (number) => (Number.isInteger(number) ? number.toLocaleString("en") : "");
  const font = () => `12px ${style("--sans") || "sans-serif"}`;

  function span(seconds) {
    for (const [length, word] of [[86400, "d"], [3600, "h"], [60, "min"]]) {
      if (seconds >= length) return `${Math.round((seconds / length) * 10) / 10} ${word}`;
    }
    return `${seconds} s`;
  }

  function axis(more) {
    const line = { stroke: style("--line"), width: 1 };
    return { stroke: style("--soft"), font: font(), grid: line, ticks: { ...line, size: 4 }, ...more };
  }

  function legend(name, entries) {
    const here = place.querySelector(`[data-legend="${name}"]`);
    here.replaceChildren(...entries.map(([label, tint]) => {
      const item = document.createElement("span");
      const mark = document.createElement("i");
      mark.style.background = tint;
      item.append(mark, label);
      return item;
    }));
    here.hidden = false;
  }

  function draw(name, height, options, data) {
    const here = place.querySelector(`[data-plot="${name}"]`);
    here.hidden = false;
    const width = here.clientWidth;
    const plot = new uPlot({ width, height, legend: { show: false }, cursor: { drag: { x: false, y: false } }, ...options }, data, here);
    plots.push([plot, here, height]);
  }

  // What the pointer is at, in words above the plot.
  function tip(words) {
    let box;
    return {
      hooks: {
        init: (u) => u.over.append((box = Object.assign(document.createElement("div"), { className: "tip", hidden: true }))),
        setCursor: (u) => {
          const { idx, left } = u.cursor;
          box.hidden = idx == null || left < 0;
          if (box.hidden) return;
          box.textContent = words(idx);
          box.style.left = Math.min(Math.max(left - 80, 0), Math.max(u.over.clientWidth - 190, 0)) + "px";
        },
      },
    };
  }

  function comments({ days, comments }) {
    const at = days.map((day) => Date.parse(day + "T12:00:00Z") / 1000);
    const shown = comments.filter(({ numbers }) => numbers.some(Boolean));
    const sums = [];
    shown.forEach(({ numbers }, index) => sums.push(numbers.map((number, day) => number + (index ? sums[index - 1][day] : 0))));
    const bars = uPlot.paths.bars({ size: [0.8, 28], align: 0 });
    // The highest sum first, so that the lower ones are painted over it.
    const series = shown.map(({ status }) => ({ fill: colour(status), stroke: colour(status), width: 0, paths: bars, points: { show: false } })).reverse();
    legend("comments", shown.map(({ name, status }) => [name, colour(status)]));
    const words = (day) => `${days[day]}: ${shown.map(({ name, numbers }) => `${numbers[day]} ${name.toLowerCase()}`).join(", ")}`;
    draw("comments", HEIGHT, {
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
      scales: { x: { range: [at[0] - 43200, at.at(-1) + 43200] }, y: { range: (_u, _low, high) => [0, Math.max(high * 1.08, 4)] } },
      axes: [axis(DATES), axis({ values: (_u, ticks) => ticks.map(whole), size: 44 })],
      series: [{}, ...series],
      plugins: [tip(words)],
    }, [at, ...sums.reverse()]);
  }

  function times({ days, times }) {
    if (!times.median.some(Boolean)) return;
    const at = days.map((day) => Date.parse(day + "T12:00:00Z") / 1000);
    const line = (tint, dash) => ({ stroke: colour(tint), width: 2, dash, spanGaps: true, points: { show: true, size: 5, fill: colour(tint) } });
    const all = [...times.median, ...times.p90].filter(Boolean);
    legend("times", [["Median", colour("first")], ["90th percentile (dashed)", colour("second")]]);
    const words = (day) => (times.median[day] ? `${days[day]}: median ${span(times.median[day])}, 90th percentile ${span(times.p90[day])}` : `${days[day]}: none`);
    const steps = [1, 10, 60, 600, 3600, 21600, 86400, 604800, 2592000, 31536000];
    draw("times", HEIGHT, {
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
      scales: { x: { range: [at[0] - 43200, at.at(-1) + 43200] }, y: { distr: 3, range: [Math.min(...all) / 1.5, Math.max(...all) * 1.5] } },
      axes: [axis(DATES), axis({ size: 58, splits: steps, filter: (u, splits) => splits.map((split) => (split >= u.scales.y.min && split <= u.scales.y.max ? split : null)), values: (_u, ticks) => ticks.map((tick) => (tick == null ? "" : span(tick))) })],
      series: [{}, line("first"), line("second", [6, 4])],
      plugins: [tip(words)],
    }, [at, times.median, times.p90]);
  }

  // Bars that lie, one row a name; a second series is painted over the first.
  function rows(name, { labels, series }, tints) {
    if (!labels.length) return;
    const narrow = place.clientWidth < 560;
    const wide = narrow ? 118 : 250;
    const short = (label) => (label.length > wide / 7 ? label.slice(0, Math.floor(wide / 7) - 1) + "…" : label);
    const most = Math.max(...series.flatMap(({ numbers }) => numbers), 1);
    const sizes = [0.7, 0.35];
    if (series.length > 1) legend(name, series.map((one, index) => [one.name, colour(tints[index])]));
    const words = (row) => `${labels[row]}: ${series.map((one) => `${one.numbers[row].toLocaleString("en")} ${one.name.toLowerCase()}`).join(", ")}`;
    draw(name, labels.length * ROW + 50, {
      scales: { x: { time: false, ori: 1, dir: -1, range: [-0.5, labels.length - 0.5] }, y: { ori: 0, range: [0, most * 1.05] } },
      axes: [
        axis({ side: 3, size: wide, splits: () => labels.map((_label, index) => index), values: () => labels.map(short), grid: { show: false }, ticks: { show: false } }),
        axis({ side: 2, values: (_u, ticks) => ticks.map(whole), space: 60 }),
      ],
      series: [{}, ...series.map((_one, index) => ({ fill: colour(tints[index]), stroke: colour(tints[index]), width: 0, points: { show: false }, paths: uPlot.paths.bars({ size: [sizes[index], 26] }) }))],
      plugins: [tip(words)],
    }, [labels.map((_label, index) => index), ...series.map(({ numbers }) => numbers)]);
  }

  function all() {
    for (const [plot] of plots.splice(0)) plot.destroy();
    comments(figures);
    times(figures);
    rows("rules", figures.rules, ["soft", "second"]);
    rows("sign_ins", figures.sign_ins, ["soft", "first"]);
    rows("pages", figures.pages, ["first"]);
  }

  fetch(place.dataset.figures, { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error("no figures"))))
    .then((found) => {
      figures = found;
      all();
      for (const table of place.querySelectorAll("details.figures")) {
        if (!table.closest("section").querySelector(".plot").hidden) table.open = false;
      }
      place.dataset.drawn = "";
      dark.addEventListener("change", all);
      let waits;
      addEventListener("resize", () => {
        clearTimeout(waits);
        waits = setTimeout(all, 150);
      });
    })
    .catch(() => {
      // The tables are there.
    });
})();
