/** How the page looks. The ten colors of labels are told apart by those who see fewer (after Okabe, Ito 2008, and Tol 2021), and of ten more the form is another. */
export const pageStyle: string = `
:root{color-scheme:light dark;--page:#f4f5f9;--card:#fff;--sunk:#eef0f6;--text:#1a2033;--faint:#525a72;--line:#d9dde8;--edge:#8b93aa;--accent:#2b5fb3;--soft:#2b5fb333;--wide:#2b5fb329;--middle:#2b5fb359;--warn:#a33a12;--gray:#9aa1b5;
--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#aa4499;--c4:#b8860b;--c5:#332288;--c6:#56b4e9;--c7:#882255;--c8:#6b8e23;--c9:#e2737c;
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",sans-serif}
@media (prefers-color-scheme:dark){:root{--page:#0d1017;--card:#161b26;--sunk:#1e2432;--text:#e8ebf4;--faint:#a4adc4;--line:#2b3345;--edge:#5a657f;--accent:#8ab4f8;--soft:#8ab4f833;--wide:#8ab4f82e;--middle:#8ab4f86b;--warn:#ffb199;--gray:#5f6980;
--c0:#4aa8e8;--c1:#ff8a3d;--c2:#2fd0a0;--c3:#e58bd6;--c4:#e8c14a;--c5:#9d92f2;--c6:#a5dcff;--c7:#e36a97;--c8:#a9cf57;--c9:#ffa8ae}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:clamp(1rem,3vw,2.5rem) clamp(.75rem,3vw,2rem) 4rem;background:var(--page);color:var(--text);font-variant-numeric:tabular-nums}
h1,h2,h3,p,figure,ul,dl,dd{margin:0;padding:0}
h1{font-size:clamp(1.5rem,4.5vw,2.25rem);line-height:1.15;letter-spacing:-.025em;font-weight:650;text-wrap:balance}
h2{font-size:1.15rem;letter-spacing:-.01em;margin-bottom:.25rem}
h3{font-size:.875rem;margin:.25rem 0 .4rem}
p+p{margin-top:.4rem}
b{font-weight:600}
.brand{color:var(--faint);font-size:.875rem;margin-bottom:.5rem}
.quiet,figcaption{color:var(--faint);font-size:.875rem}
.way{margin-top:.6rem;color:var(--faint);overflow-wrap:anywhere}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:1px;margin:1.5rem 0 1rem;background:var(--line);border:1px solid var(--line);border-radius:.75rem;overflow:hidden}
.facts div{padding:.75rem 1rem;background:var(--card)}
.facts dt{color:var(--faint);font-size:.8125rem}
.facts dd{font-size:1.3rem;font-weight:600;letter-spacing:-.015em;overflow-wrap:anywhere}
.facts .bad dd{color:var(--warn)}
main{display:grid;gap:1rem}
main>*{min-width:0}
section{min-width:0;padding:clamp(1rem,2.2vw,1.5rem);background:var(--card);border:1px solid var(--line);border-radius:.75rem}
section>p,section>figure,section>div,section>details{margin-top:.75rem}
h2+p{margin-top:0!important;max-width:46rem}
.halves{display:grid;gap:1.25rem 2rem}
.halves>*{min-width:0}
@media (min-width:44rem){.halves{grid-template-columns:repeat(auto-fit,minmax(19rem,1fr))}}
.mapped{display:grid;gap:1rem}
.mapped>*{min-width:0}
@media (min-width:60rem){.mapped{grid-template-columns:minmax(0,1fr) 17rem}}
#map{background:var(--sunk);border-radius:.5rem;touch-action:manipulation}
#map svg{display:block;width:100%;height:auto;overflow:visible}
#map.near{cursor:pointer}
.dot{fill:none;stroke:var(--gray);stroke-width:9;stroke-linecap:round;opacity:.8}
#map .square{stroke-linecap:square;stroke-width:7}
@media (max-width:40rem){#map .dot{stroke-width:18}#map .square{stroke-width:14}#ring{r:22px}}
.c0{stroke:var(--c0)}.c1{stroke:var(--c1)}.c2{stroke:var(--c2)}.c3{stroke:var(--c3)}.c4{stroke:var(--c4)}.c5{stroke:var(--c5)}.c6{stroke:var(--c6)}.c7{stroke:var(--c7)}.c8{stroke:var(--c8)}.c9{stroke:var(--c9)}
.plain .dot{stroke:var(--accent)}
.some .dot{opacity:.1}.some .dot.on{opacity:1}
#ring{fill:none;stroke:var(--text);stroke-width:3}
#told{min-height:7.25rem;padding:.75rem;background:var(--sunk);border-radius:.5rem;overflow-wrap:anywhere}
#name{font-weight:600}
audio{display:block;width:100%;height:2.5rem;margin-top:.5rem}
audio[hidden]{display:none}
#how{margin:.5rem 0 1rem}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.35rem}
button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--edge);border-radius:.5rem;cursor:pointer}
.key{display:inline-flex;align-items:center;gap:.35rem;min-height:2rem;padding:.15rem .55rem;font-size:.875rem;max-width:100%;text-align:start}
.key svg{width:1rem;height:1rem;flex:none}
.key .dot{stroke-width:11;opacity:1}.key .square{stroke-linecap:square;stroke-width:8}
.key[aria-pressed=true]{background:var(--soft);border-color:var(--accent)}
.play{min-width:2rem;min-height:2rem;padding:0 .4rem;line-height:1}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.plot{position:relative;padding-bottom:1.5rem}
.plot svg{display:block;width:100%;height:9rem;border-bottom:1px solid var(--edge)}
.plot rect{fill:var(--accent)}
.ticks span,.levels span{position:absolute;font-size:.8125rem;color:var(--faint);white-space:nowrap}
.ticks span{bottom:0;transform:translateX(-50%)}
.bands{padding-left:3.5rem}
.bands svg{height:16rem}
.levels{position:absolute;left:0;top:0;width:100%;height:16rem}
.levels span{left:0;width:100%;height:0;border-top:1px solid var(--line);line-height:0}
.levels span::first-line{background:var(--card)}
.bands svg{position:relative}
.bands .wide{fill:var(--wide)}.bands .middle{fill:var(--middle)}
.bands .median{fill:none;stroke:var(--accent);stroke-width:2;vector-effect:non-scaling-stroke}
.bands .zero{fill:none;stroke:var(--edge);stroke-width:1;stroke-dasharray:4 4;vector-effect:non-scaling-stroke}
.plot .hover{fill:transparent}.plot .hover:hover{fill:var(--soft)}
.ends{position:absolute;left:3.5rem;right:0;bottom:0;display:flex;justify-content:space-between;gap:1rem;font-size:.8125rem;color:var(--faint)}
figcaption{margin-top:.4rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9375rem}
caption{text-align:left;color:var(--faint);font-size:.875rem;padding-bottom:.3rem}
th,td{padding:.4rem .75rem .4rem 0;text-align:left;vertical-align:middle;border-top:1px solid var(--line);overflow-wrap:anywhere}
thead th,thead td{border-top:0;color:var(--faint);font-weight:400;font-size:.8125rem;vertical-align:bottom}
tbody th{font-weight:500;min-width:6.5rem}
.slim,td .quiet{white-space:nowrap}
td{min-width:2.5rem}
.number{text-align:right;white-space:nowrap;overflow-wrap:normal}
td:last-child,th:last-child{padding-right:0}
td.wide{width:38%;min-width:3rem}
.share{display:block;width:100%;height:.7rem;border-radius:.2rem;overflow:hidden}
.rail{fill:var(--sunk)}.fill{fill:var(--accent)}
.chance{stroke:var(--text);stroke-width:2;vector-effect:non-scaling-stroke}
details{font-size:.9375rem}
summary{cursor:pointer;color:var(--accent);padding:.25rem 0;width:fit-content}
pre{overflow:auto;max-height:24rem;padding:.75rem;background:var(--sunk);border-radius:.5rem;font-size:.8125rem;line-height:1.45}
.list{columns:14rem;list-style:none;font-size:.875rem}
.notes li{margin-left:1.1rem}
thead .number{white-space:normal}
@media (max-width:40rem){.slim{display:none}th,td{padding-right:.5rem}}
@media print{body{background:none}section{break-inside:avoid}}
`
