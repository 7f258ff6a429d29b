"""How a page looks, on a screen and on A4 paper; no font is fetched, those of the reader's system serve."""

from typing import Final

STYLE: Final = """
:root { --ink: #1d2430; --soft: #667085; --rule: #d9dee7; --seal: #a4262c; --paper: #fff; --ground: #f3f4f7;
  --put: #0b6b3a; --struck: #b42318; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.65 "Source Serif 4", Georgia,
  "Songti SC", "Noto Serif CJK SC", "Source Han Serif SC", SimSun, "WenQuanYi Zen Hei", serif; }
main { max-width: 60rem; margin: 2.5rem auto; padding: 4rem 4.5rem 3rem; background: var(--paper);
  border-top: 4px solid var(--seal); box-shadow: 0 1px 3px #0002; }
.kind { margin: 0; color: var(--seal); letter-spacing: .18em; font-size: .85rem; }
h1 { margin: .4rem 0 .2rem; font-size: 1.75rem; line-height: 1.35; font-weight: 600; }
h1 + .en { margin: 0 0 1.8rem; color: var(--soft); font-size: 1.05rem; }
h2 { margin: 3rem 0 .4rem; padding-bottom: .4rem; border-bottom: 2px solid var(--ink); font-size: 1.2rem;
  font-weight: 600; break-after: avoid; }
h2 .en { margin-left: .8em; color: var(--soft); font-size: .95rem; font-weight: 400; }
article { padding: 1.4rem 0 1.2rem; border-bottom: 1px solid var(--rule); }
article.struck { opacity: .75; }
header { display: flex; align-items: baseline; gap: .8em; flex-wrap: wrap; break-after: avoid; }
.number { font-weight: 600; }
.tag { padding: 0 .55em; border: 1px solid var(--rule); border-radius: 2px; color: var(--soft);
  font-size: .78rem; }
.tag.deny { border-color: var(--seal); color: var(--seal); }
.tag.review { border-color: #b54708; color: #b54708; }
.tag.put { border-color: var(--put); color: var(--put); }
.tag.changed { border-color: #175cd3; color: #175cd3; }
.tag.struck { border-color: var(--struck); color: var(--struck); }
code { margin-left: auto; color: var(--soft); font: .74rem/1.4 ui-monospace, Menlo, Consolas, monospace;
  text-align: right; overflow-wrap: anywhere; }
.sentence { margin: .5rem 0 .9rem; font-size: 1.06rem; break-after: avoid; }
.sentence p { margin: 0; }
.sentence .en { color: var(--soft); font-size: .98rem; }
table { width: 100%; border-collapse: collapse; }
td, th { padding: .32rem .8rem .32rem 0; vertical-align: top; text-align: left; }
tr { break-inside: avoid; }
.clauses { table-layout: fixed; }
.clauses tr + tr td, .clauses tr + tr th { border-top: 1px solid #eef1f5; }
.clauses col.label { width: 10rem; }
.clauses th { color: var(--soft); font-weight: 400; font-size: .88rem; line-height: 1.4; }
.clauses th .en { display: block; font-size: .8rem; }
td.en { color: #3f4a5c; font-size: .93rem; }
.examples th { border-bottom: 1px solid var(--ink); font-size: .85rem; font-weight: 600; }
.examples td { border-bottom: 1px solid #eef1f5; font-size: .92rem; }
.examples p { margin: 0; }
.examples p.en { color: var(--soft); font-size: .85rem; line-height: 1.4; }
.examples th:nth-child(2) { width: 17rem; }
.examples td:last-child { width: 3.5rem; color: var(--soft); font-size: .8rem; }
del { color: var(--struck); text-decoration: line-through; text-decoration-thickness: 1px; }
ins { color: var(--put); text-decoration: underline; text-underline-offset: 3px; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: .78rem; }
@media (max-width: 50rem) { main { margin: 0; padding: 2rem 1.2rem; }
  code { margin-left: 0; text-align: left; } }
@media print { @page { size: A4; margin: 18mm 16mm; } body { background: none; font-size: 10.5pt; }
  main { max-width: none; margin: 0; padding: 0; box-shadow: none; border-top-width: 3px; } }
"""
