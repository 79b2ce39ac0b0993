// Look and behaviour of the page that shows a sequence picture, for light and dark screens.

export const pageStyle: string = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #8a94a3; --paper: #fff; --leader: #14803c; --candidate: #b45309; --bad: #c81e1e; --wire: #3460b0; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ee; --soft: #7b8594; --paper: #14181f; --leader: #4ade80; --candidate: #fbbf24; --bad: #f87171; --wire: #7aa5f0; }
}
body { margin: 0; font: 13px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header { padding: 12px 16px 8px; }
h1 { margin: 0; font-size: 17px; }
p, details { margin: 4px 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
form { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 8px 0; }
.legend { color: var(--soft); }
.legend i { display: inline-block; width: 22px; height: 0; margin: 0 2px 3px 8px; border-top: 2px solid var(--soft); }
.legend i.candidate { border-top: 3px dashed var(--candidate); }
.legend i.leader { border-top: 6px solid var(--leader); }
.legend i.paused { border-top: 2px dotted var(--soft); }
main { position: relative; overflow: auto; height: 88vh; border-top: 1px solid var(--soft); }
#members { position: sticky; top: 0; z-index: 1; height: 24px; background: var(--paper); }
#members b { position: absolute; top: 3px; transform: translateX(-50%); white-space: nowrap; }
svg { display: block; font: 11px ui-monospace, monospace; }
text { fill: var(--ink); stroke: var(--paper); stroke-width: 4px; paint-order: stroke; }
text.time { fill: var(--soft); text-anchor: end; }
path { fill: none; stroke: var(--wire); stroke-width: 1; }
marker path, circle { fill: var(--wire); stroke: none; }
path.lost { stroke: var(--bad); stroke-dasharray: 5 3; }
path.cross { stroke: var(--bad); stroke-width: 2; }
path.open { stroke-dasharray: 2 4; }
path.line { stroke: var(--soft); stroke-width: 2; }
path.line.pre-candidate, path.line.candidate { stroke: var(--candidate); stroke-width: 3; stroke-dasharray: 6 3; }
path.line.leader { stroke: var(--leader); stroke-width: 6; }
path.line.paused { stroke-dasharray: 2 4; }
.mark circle { fill: var(--soft); }
.mark text { font-weight: 600; }
.mark.leader circle, .mark.commit circle { fill: var(--leader); }
.mark.pre-candidate circle, .mark.candidate circle { fill: var(--candidate); }
.mark.crash circle, .mark.loss circle { fill: var(--bad); }
.message:hover path { stroke-width: 3; }
.hidden { display: none; }
`;

export const pageBehaviour: string = `
const picture = document.querySelector('svg');
const [width, height] = ['width', 'height'].map((name) => Number(picture.getAttribute(name)));
const names = [...document.querySelectorAll('#members b')].map((name) => [name, parseFloat(name.style.left)]);
document.querySelector('form').addEventListener('input', ({ target }) => {
  if (target.name === 'zoom') {
    const zoom = Number(target.value);
    picture.setAttribute('width', width * zoom);
    picture.setAttribute('height', height * zoom);
    for (const [name, left] of names) name.style.left = left * zoom + 'px';
    return;
  }
  for (const part of picture.querySelectorAll('[data-kind="' + target.value + '"]')) {
    part.classList.toggle('hidden', !target.checked);
  }
});
`;
