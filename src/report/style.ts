/** The style sheet of the report: light and dark, desktop to phone, and paper. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f6f5f1; --paper: #ffffff; --ink: #1d2126; --muted: #5d6570; --line: #dcdad3; --grid: #e9e8e3;
  --strip: #f3f1ea; --dense: #6d7681; --ticket: #b87503; --reinitialised: #2368b5; --shuffled: #a8326f;
  --signs: #2b7a4b;
  --positive: #e66600; --negative: #2b7de0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121417; --paper: #1a1d21; --ink: #e8e6e1; --muted: #a2a9b3; --line: #343941; --grid: #2b3037;
    --strip: #22262c; --dense: #98a1ad; --ticket: #f0b23a; --reinitialised: #69aef2; --shuffled: #ec82b9;
    --signs: #62c48a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
main { max-width: 980px; margin: 0 auto; padding: 48px 24px 64px; }
h1 { font-size: clamp(1.6rem, 1.1rem + 2.2vw, 2.35rem); line-height: 1.2; letter-spacing: -0.015em;
  margin: 0 0 16px; text-wrap: balance; }
h2 { font-size: 1.25rem; line-height: 1.3; letter-spacing: -0.005em; margin: 0 0 4px; }
h3 { font-size: 0.9rem; line-height: 1.3; margin: 0 0 4px; font-weight: 600; }
p { margin: 0 0 12px; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 0.875em; }
.kicker { color: var(--muted); font-size: 0.9rem; margin-bottom: 12px; }
.kicker::first-letter { text-transform: uppercase; }
.lead { font-size: 1.06rem; max-width: 72ch; margin-bottom: 24px; }
.note, figcaption { color: var(--muted); font-size: 0.875rem; max-width: 80ch; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 12px;
  padding: 24px 28px 28px; margin-top: 24px; }
section > :last-child, figure > :last-child { margin-bottom: 0; }
section > p { color: var(--muted); max-width: 80ch; font-size: 0.95rem; }
figure { margin: 0; }
figure + figure { margin-top: 24px; }
.maps > figure + figure { margin-top: 0; }
figcaption { margin-top: 8px; }

.tiles { display: grid; grid-template-columns: repeat(var(--tiles, 5), 1fr); gap: 1px; margin: 0 0 12px;
  overflow: hidden; background: var(--line); border: 1px solid var(--line); border-radius: 12px; }
.tiles > div { background: var(--paper); padding: 14px 16px; display: flex; flex-direction: column; }
.tiles dt { color: var(--muted); font-size: 0.8rem; line-height: 1.35; flex: 1; }
.tiles dd { margin: 0; color: var(--muted); font-size: 0.8rem; }
.tiles .value { color: var(--ink); font-size: 1.5rem; font-weight: 650; letter-spacing: -0.02em;
  font-variant-numeric: tabular-nums; }
.tiles > div:nth-child(3) .value { color: var(--ticket); }
.tiles > div:nth-child(4) .value { color: var(--reinitialised); }

.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 22px; margin: 12px 0 10px;
  padding: 0; font-size: 0.875rem; }
.legend li { display: flex; align-items: center; gap: 8px; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
.legend svg { width: 34px; flex: none; }
svg text { font-variant-numeric: tabular-nums; }
svg [data-mark$="tick label"] text { fill: var(--muted); }
svg [data-mark$="tick"] path { stroke: var(--line); }
.axis { color: var(--muted); font-size: 0.8rem; display: flex; justify-content: space-between; gap: 16px; }
.axis.x { justify-content: center; margin-top: 2px; }
.narrow { display: none; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr));
  gap: 20px 28px; margin-top: 16px; }

.maps { display: grid; grid-template-columns: repeat(auto-fill, minmax(124px, 1fr)); gap: 18px;
  margin: 14px 0; }
.maps figcaption { font-size: 0.78rem; line-height: 1.4; margin-top: 4px;
  font-variant-numeric: tabular-nums; }
.maps strong { color: var(--ink); }
.maps img, .features img { display: block; width: 100%; height: auto; aspect-ratio: 1;
  image-rendering: pixelated;
  background: var(--paper); outline: 1px solid var(--line); border-radius: 2px; }
.features { display: grid; grid-template-columns: 64px 1fr; gap: 12px; align-items: center;
  margin: 12px 0; }
.features h3 { text-align: right; margin: 0; font-variant-numeric: tabular-nums; }
.features > div { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); gap: 6px; }
.key { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 2px; }
.positive { background: var(--positive); }
.negative { background: var(--negative); }

.scroll { overflow-x: auto; margin: 12px -28px 0; padding: 0 28px; }
table { border-collapse: collapse; width: 100%; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding-bottom: 8px; max-width: calc(100vw - 64px); }
th, td { padding: 6px 8px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--grid);
  vertical-align: top; }
th.text, td.text { text-align: left; }
thead th { color: var(--muted); font-weight: 500; vertical-align: bottom;
  border-bottom-color: var(--line); }
tbody th { font-weight: 500; }
td small, th small { display: block; color: var(--muted); font-size: 0.75rem; font-weight: 400; }
td em { color: var(--muted); }
.rounds thead tr:first-child th { text-align: center; color: var(--ink);
  border-bottom: 2px solid var(--kind, var(--line)); }
.rounds thead tr:first-child th:nth-child(2) { border-bottom-color: var(--ticket); }
.rounds th, .rounds td { padding-inline: 7px; }
.layers th:first-child { width: 1%; }
.layers th, .layers td { vertical-align: middle; }
.layers th + th { text-align: left; padding-left: 16px; }
.layers td.text { padding-left: 16px; }
.bar { position: relative; display: flex; justify-content: space-between; gap: 12px; padding: 2px 8px;
  min-width: 130px; }
.bar::before { content: ""; position: absolute; inset: 0 auto 0 0; width: var(--share);
  border-radius: 3px; background: var(--ticket); opacity: 0.24; }
.bar > * { position: relative; }
.bar b { font-weight: 600; }
.bar span { color: var(--muted); }

.settings { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 14px 24px;
  margin: 12px 0 24px; font-size: 0.9rem; }
.settings dt { color: var(--muted); font-size: 0.8rem; }
.settings dd { margin: 0; overflow-wrap: anywhere; }
.settings > div:nth-last-child(-n + 2) { grid-column: 1 / -1; }
pre { background: var(--page); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px;
  white-space: pre-wrap; overflow-wrap: anywhere; margin: 4px 0 12px; }
details { margin-top: 14px; }
summary { cursor: pointer; color: var(--muted); font-size: 0.9rem; }
:focus-visible { outline: 2px solid var(--reinitialised); outline-offset: 2px; }
footer { color: var(--muted); font-size: 0.85rem; margin-top: 32px; }

@media (max-width: 760px) {
  main { padding: 28px 14px 40px; }
  section { padding: 18px 16px 20px; border-radius: 10px; }
  .wide { display: none; }
  .narrow { display: block; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .tiles > div:first-child { grid-column: 1 / -1; }
  .maps { gap: 12px; grid-template-columns: repeat(auto-fill, minmax(88px, 1fr)); }
  .features { grid-template-columns: 1fr; gap: 4px; }
  .features h3 { text-align: left; }
  .features > div { grid-auto-flow: row; grid-template-columns: repeat(4, 1fr); gap: 6px; }
  .settings { grid-template-columns: repeat(auto-fill, minmax(140px, 1fr)); }
  .scroll { margin-inline: -16px; padding-inline: 16px; }
}
@media print {
  body { background: none; }
  section { break-inside: avoid; border: 0; padding: 0; }
}
`;
