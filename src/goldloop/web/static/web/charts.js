// Charts: numbers come from a json_script block beside them, colours from the style sheet, so dark mode and print follow.
"use strict";

function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
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
      formatter: (points) => [points[0].axisValue, ...points.map((p) => `${p.seriesName}: ${data.series[p.seriesIndex].texts[p.dataIndex]}`)].map(escaped).join("<br>"),
    },
    xAxis: { type: "category", data: data.labels, boundaryGap: false, axisLabel: { color: token("--soft"), hideOverlap: true }, axisLine: { lineStyle: { color: token("--line-strong") } } },
    yAxis: { type: "value", name: data.unit, nameTextStyle: { color: token("--soft"), align: "left" }, axisLabel: { color: token("--soft") }, splitLine: { lineStyle: { color: token("--line") } } },
    series: data.series.map((s, i) => ({
      name: s.label, type: "line", data: s.values, showSymbol: false, connectNulls: false,
      lineStyle: { width: i ? 1.5 : 2.5, type: i ? "dashed" : "solid", color: token(i ? "--line-strong" : "--gold") },
      itemStyle: { color: token(i ? "--line-strong" : "--gold") },
    })),
  };
}

function escaped(text) {
  const box = document.createElement("span");
  box.textContent = text;
  return box.innerHTML;
}

function waterfall(data) {
  const last = data.ends.length - 1;
  const colour = ([from, to], i) => token(i === 0 || i === last ? "--gold" : to >= from ? "--up" : "--down");
  return {
    animation: false,
    grid: { left: 8, right: 16, top: 28, bottom: 8, containLabel: true },
    xAxis: { type: "category", data: data.labels, axisLabel: { color: token("--soft"), interval: 0, width: 90, overflow: "break" }, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line-strong") } } },
    yAxis: { type: "value", name: data.unit, nameTextStyle: { color: token("--soft"), align: "left" }, axisLabel: { color: token("--soft") }, splitLine: { lineStyle: { color: token("--line") } } },
    series: [
      { type: "bar", stack: "all", silent: true, itemStyle: { color: "transparent" }, data: data.ends.map(([from, to]) => (from * to < 0 ? 0 : Math.min(Math.abs(from), Math.abs(to)) * Math.sign(to || from))) },
      {
        type: "bar", stack: "all", barMaxWidth: 56,
        data: data.ends.map((ends, i) => ({ value: ends[0] * ends[1] < 0 ? ends[1] : Math.abs(ends[1] - ends[0]) * Math.sign(Math.max(...ends) || -1), itemStyle: { color: colour(ends, i) } })),
        label: { show: true, position: "top", color: token("--text"), formatter: (point) => data.texts[point.dataIndex] },
      },
    ],
  };
}

// Colours of several lines: gold first, then ones that stay apart in greyscale and for colour-blind readers.
const LINES = ["--gold", "--blue", "--orange", "--green", "--line-strong", "--red"];

function lines(data) {
  const option = trend(data);
  option.series.forEach((series, i) => {
    const colour = token(LINES[i % LINES.length]);
    series.lineStyle = { width: 2, color: colour, type: ["solid", "dashed", "dotted"][Math.floor(i / 2) % 3] };
    series.itemStyle = { color: colour };
  });
  option.legend.show = data.series.length > 1;
  return option;
}

function bars(data) {
  return {
    animation: false,
    grid: { left: 8, right: 96, top: 4, bottom: 8, containLabel: true },
    xAxis: { type: "value", name: data.unit, nameTextStyle: { color: token("--soft") }, axisLabel: { color: token("--soft") }, splitLine: { lineStyle: { color: token("--line") } } },
    yAxis: { type: "category", inverse: true, data: data.labels, axisLabel: { color: token("--text"), width: 180, overflow: "truncate" }, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line-strong") } } },
    series: [{ type: "bar", barMaxWidth: 18, data: data.values, itemStyle: { color: token("--gold") }, label: { show: true, position: "right", color: token("--text"), formatter: (point) => data.texts[point.dataIndex] } }],
  };
}

const KINDS = { trend, waterfall, lines, bars };

function draw(box) {
  const data = JSON.parse(document.getElementById(box.dataset.data).textContent);
  if (box.dataset.chart === "bars") box.style.height = `${data.labels.length * 28 + 48}px`;
  const chart = echarts.getInstanceByDom(box) ?? echarts.init(box, null, { renderer: "svg" });
  chart.setOption({ ...KINDS[box.dataset.chart](data), textStyle: { fontFamily: getComputedStyle(document.body).fontFamily } }, true);
}

function drawAll() {
  for (const box of document.querySelectorAll("[data-chart]")) draw(box);
}

document.addEventListener("DOMContentLoaded", drawAll);
document.addEventListener("htmx:after:swap", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
addEventListener("resize", () => {
  for (const box of document.querySelectorAll("[data-chart]")) echarts.getInstanceByDom(box)?.resize();
});
