// Charts: numbers come from a json_script block beside them, colours from the style sheet, so dark mode and print follow.
"use strict";

const code = document.currentScript.dataset.code; // where the drawing library is: loaded when a page has a chart
const probe = document.createElement("span");
probe.hidden = true;

// A token as the page shows it now: it holds one colour for light pages and one for dark ones.
function token(name) {
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

function trend(data) {
  return {
    animation: false,
    grid: { left: 8, right: 16, top: 52, bottom: 8, containLabel: true },
    legend: { top: 0, right: 0, icon: "roundRect", itemHeight: 3, textStyle: { color: token("--soft") }, data: data.series.map((s) => s.label) },
    tooltip: {
      trigger: "axis",
      backgroundColor: token("--panel"),
      borderColor: token("--line"),
      textStyle: { color: token("--text") },
      formatter: (points) => [points[0].axisValue, ...points.filter((p) => p.seriesIndex < data.series.length).map((p) => `${p.seriesName}: ${data.series[p.seriesIndex].texts[p.dataIndex]}`)].map(escaped).join("<br>"),
    },
    xAxis: { type: "category", data: data.labels, boundaryGap: false, axisLabel: { color: token("--soft"), hideOverlap: true }, axisLine: { lineStyle: { color: token("--line-strong") } } },
    yAxis: { type: "value", name: data.unit, nameTextStyle: { color: token("--soft"), align: "left" }, axisLabel: { color: token("--soft") }, splitLine: { lineStyle: { color: token("--line") } } },
    series: data.series.map((s, i) => ({
      name: s.label, type: "line", data: s.values, showSymbol: s.values.filter((value) => value !== null).length < 3, connectNulls: false,
      ...(i ? {} : { markArea: stretches(data) }),
      lineStyle: { width: i ? 1.5 : 2.5, type: s.target ? "dotted" : i ? "dashed" : "solid", color: token(s.target ? "--blue" : i ? "--line-strong" : "--gold") },
      itemStyle: { color: token(s.target ? "--blue" : i ? "--line-strong" : "--gold") },
    })),
  };
}

// Events and notes as shaded stretches of the time axis, days that are not all there as hatched ones.
function stretches(data) {
  const marks = (data.marks ?? []).map((mark, i) => {
    const name = mark.kind === "note" ? "--blue" : "--gold";
    const itemStyle = { color: faded(name, 0.1), borderColor: faded(name, 0.5), borderWidth: 1, borderType: "dashed" };
    return [{ xAxis: mark.from, name: mark.text, label: { distance: 4 + 14 * (i % 4) }, itemStyle }, { xAxis: mark.to }];
  });
  const cut = (data.partial ?? []).map((label) => {
    const at = data.labels.indexOf(label);
    const [from, to] = at > 0 ? [data.labels[at - 1], label] : [label, data.labels[1] ?? label];
    return [{ xAxis: from, itemStyle: { color: hatching(), opacity: 1 } }, { xAxis: to }];
  });
  return {
    silent: true,
    label: { color: token("--soft"), fontSize: 11, position: "insideTop", overflow: "truncate", width: 90 },
    data: [...cut, ...marks],
  };
}

function faded(name, share) {
  return token(name).replace("rgb(", "rgba(").replace(")", `, ${share})`);
}

function hatching() {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.strokeStyle = token("--line-strong");
  pen.globalAlpha = 0.5;
  pen.beginPath();
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift, 8);
    pen.lineTo(shift + 8, 0);
  }
  pen.stroke();
  return { image: tile, repeat: "repeat" };
}

function escaped(text) {
  const box = document.createElement("span");
  box.textContent = text;
  return box.innerHTML;
}

function waterfall(data, width) {
  const lying = width < 480; // names beside each other would cover each other
  const names = { type: "category", data: data.labels, inverse: lying, axisLabel: { color: token("--soft"), interval: 0, width: lying ? 90 : Math.min(90, (width - 72) / data.labels.length - 8), overflow: "break" }, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line-strong") } } };
  const amounts = { type: "value", name: data.unit, nameTextStyle: { color: token("--soft"), align: lying ? "right" : "left" }, splitNumber: lying ? 3 : 5, axisLabel: { color: token("--soft") }, splitLine: { lineStyle: { color: token("--line") } } };
  const last = data.ends.length - 1;
  const colour = ([from, to], i) => token(i === 0 || i === last ? "--gold" : to >= from ? "--up" : "--down");
  return {
    animation: false,
    grid: { left: 8, right: lying ? 64 : 16, top: lying ? 8 : 28, bottom: 8, containLabel: true },
    xAxis: lying ? amounts : names,
    yAxis: lying ? names : amounts,
    series: [
      { type: "bar", stack: "all", silent: true, itemStyle: { color: "transparent" }, data: data.ends.map(([from, to]) => (from * to < 0 ? 0 : Math.min(Math.abs(from), Math.abs(to)) * Math.sign(to || from))) },
      {
        type: "bar", stack: "all", barMaxWidth: 56,
        data: data.ends.map((ends, i) => ({ value: ends[0] * ends[1] < 0 ? ends[1] : Math.abs(ends[1] - ends[0]) * Math.sign(Math.max(...ends) || -1), itemStyle: { color: colour(ends, i) } })),
        label: { show: true, position: lying ? "right" : "top", color: token("--text"), formatter: (point) => data.texts[point.dataIndex] },
      },
    ],
  };
}

// Colours of several lines: gold first, then ones that stay apart in greyscale and for colour-blind readers.
const LINES = ["--gold", "--blue", "--orange", "--green", "--line-strong", "--red"];

function lines(data, width) {
  const option = trend(data);
  option.series.forEach((series, i) => {
    const colour = token(LINES[i % LINES.length]);
    series.lineStyle = { width: 2, color: colour, type: ["solid", "dashed", "dotted"][Math.floor(i / 2) % 3] };
    series.itemStyle = { color: colour };
  });
  option.series.push(...data.series.flatMap(band));
  option.legend = { ...option.legend, show: data.series.length > 1, type: "scroll", left: width < 480 ? 0 : "35%", icon: null, itemWidth: 28 };
  return option;
}

// The interval of a line, as a shade of its colour: its lower end, and on it what lies between both.
function band(series, i) {
  if (!series.low) return [];
  const part = { type: "line", stack: `interval ${i}`, silent: true, symbol: "none", lineStyle: { opacity: 0 }, connectNulls: false };
  const between = series.low.map((low, at) => (low === null ? null : series.high[at] - low));
  return [{ ...part, data: series.low }, { ...part, data: between, areaStyle: { color: token(LINES[i % LINES.length]), opacity: 0.2 } }];
}

function bars(data, width) {
  return {
    animation: false,
    grid: { left: 8, right: 96, top: 4, bottom: 8, containLabel: true },
    xAxis: { type: "value", name: data.unit, splitNumber: width < 480 ? 3 : 5, nameTextStyle: { color: token("--soft") }, axisLabel: { color: token("--soft"), hideOverlap: true }, splitLine: { lineStyle: { color: token("--line") } } },
    yAxis: { type: "category", inverse: true, data: data.labels, axisLabel: { color: token("--text"), width: 180, overflow: "truncate" }, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line-strong") } } },
    series: [{ type: "bar", barMaxWidth: 18, data: data.values, itemStyle: { color: token("--gold") }, label: { show: true, position: "right", color: token("--text"), formatter: (point) => data.texts[point.dataIndex] } }],
  };
}

// Bars of several parts: on top of each other (`stack`) or side by side, lying or standing.
function parted(data, { stack, lying = true }) {
  const names = { type: "category", inverse: lying, data: data.labels, axisLabel: { color: token("--text"), width: 160, overflow: "truncate" }, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line-strong") } } };
  const amounts = { type: "value", name: data.unit, max: data.unit === "%" && stack ? 100 : null, nameTextStyle: { color: token("--soft") }, axisLabel: { color: token("--soft"), hideOverlap: true }, splitLine: { lineStyle: { color: token("--line") } } };
  const line = trend(data);
  return {
    animation: false,
    grid: { left: 8, right: 32, top: 40, bottom: 8, containLabel: true },
    legend: { ...line.legend, type: "scroll", left: 0, icon: "rect", itemHeight: 10, itemWidth: 14 },
    tooltip: { ...line.tooltip, axisPointer: { type: "shadow" } },
    xAxis: lying ? amounts : names,
    yAxis: lying ? names : amounts,
    series: data.series.map((s, i) => ({
      name: s.label, type: "bar", stack: stack ? "all" : null, barMaxWidth: stack ? 28 : 14, data: s.values,
      itemStyle: { color: token(LINES[i % LINES.length]), opacity: i < LINES.length ? 1 : 0.45, borderColor: token("--panel"), borderWidth: 1 },
    })),
  };
}

const stacks = (data) => parted(data, { stack: true });
const groups = (data) => parted(data, { stack: false });
const shares = (data) => parted(data, { stack: true });

const KINDS = { trend, waterfall, lines, bars, stacks, groups, shares };

function height(kind, data) {
  if (kind === "bars") return data.labels.length * 28 + 48;
  if (kind === "stacks") return data.labels.length * 32 + 88;
  if (kind === "groups") return data.labels.length * (data.series.length * 12 + 16) + 88;
  return 0;
}

function draw(box) {
  const data = JSON.parse(document.getElementById(box.dataset.data).textContent);
  const tall = height(box.dataset.chart, data);
  if (tall) box.style.height = `${tall}px`;
  const chart = echarts.getInstanceByDom(box) ?? echarts.init(box, null, { renderer: "svg" });
  chart.resize();
  chart.setOption({ ...KINDS[box.dataset.chart](data, box.clientWidth), textStyle: { fontFamily: getComputedStyle(document.body).fontFamily.replaceAll('"', "'") } }, true); // quotes would end an attribute of a saved picture
}

let loading = null;

function drawAll() {
  const boxes = document.querySelectorAll("[data-chart]");
  if (boxes.length === 0) return;
  if (!window.echarts) return load();
  document.body.append(probe);
  boxes.forEach(draw);
}

function load() {
  if (loading) return;
  loading = document.createElement("script");
  loading.src = code;
  loading.addEventListener("load", drawAll);
  document.head.append(loading);
}

requestAnimationFrame(() => setTimeout(drawAll)); // the page itself is shown first
document.addEventListener("htmx:after:swap", drawAll);
for (const media of ["print", "(prefers-color-scheme: dark)"]) matchMedia(media).addEventListener("change", drawAll);
addEventListener("resize", drawAll);

// --- a chart as a picture: the drawing itself, or painted at twice its size on the page's own ground
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-save]");
  if (!button) return;
  button.closest("details").open = false;
  const box = button.closest("section").querySelector("[data-chart]");
  const chart = window.echarts && echarts.getInstanceByDom(box);
  if (!chart) return;
  const name = button.closest("[data-save-chart]").dataset.saveChart + button.dataset.save;
  const drawing = chart.getDataURL({ type: "svg" });
  if (button.dataset.save === "svg") return keep(drawing, name);
  const picture = new Image();
  picture.addEventListener("load", () => {
    const sheet = document.createElement("canvas");
    sheet.width = 2 * box.clientWidth;
    sheet.height = 2 * box.clientHeight;
    const pen = sheet.getContext("2d");
    pen.fillStyle = token("--panel");
    pen.fillRect(0, 0, sheet.width, sheet.height);
    pen.drawImage(picture, 0, 0, sheet.width, sheet.height);
    keep(sheet.toDataURL("image/png"), name);
  });
  picture.src = drawing;
});

function keep(address, name) {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}
