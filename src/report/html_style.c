/* SPDX-License-Identifier: MIT */
/*
 * Knows how the page looks: in light, in the dark, on paper, on a narrow screen. Refuses to know what stands
 * in it. Colours only repeat what a word, a sign or a stroke says.
 */
#include "report/html_parts.h"

/* Every text colour has at least 4.5 : 1 against what it stands on. */
static const char colours[] =
        ":root{color-scheme:light dark;"
        "--page:#fbfaf8;--card:#ffffff;--ink:#1c1d21;--soft:#5b5f68;--rule:#e3e1dc;--grid:#eceae5;"
        "--line:#2459a8;--band:#2459a833;--fit:#b3261e;--interval:#b3261e24;--limit:#8a4b00;"
        "--event:#6b5d7a;--calm:#1d6b3f;--doubt:#8a5a00;--alarm:#b3261e;--rail:#e9e7e2;"
        "--tint:#fdf1ee}\n"
        "@media (prefers-color-scheme:dark){:root{"
        "--page:#15171b;--card:#1c1f24;--ink:#e7e6e3;--soft:#a3a7b0;--rule:#32363d;--grid:#282c32;"
        "--line:#86b2f5;--band:#86b2f53d;--fit:#ff8a7a;--interval:#ff8a7a2b;--limit:#eab066;"
        "--event:#b9a8cc;--calm:#6fce97;--doubt:#e9b95a;--alarm:#ff8a7a;--rail:#31353c;"
        "--tint:#33211f}}\n";

static const char text[] =
        "*{box-sizing:border-box}\n"
        "body{margin:0;background:var(--page);color:var(--ink);"
        "font:15px/1.55 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",Ubuntu,Cantarell,"
        "\"Helvetica Neue\",Arial,sans-serif;font-variant-numeric:tabular-nums}\n"
        "main{max-width:1180px;margin:0 auto;padding:32px 24px 56px}\n"
        "h1{font-size:1.55rem;line-height:1.25;font-weight:650;margin:.1em 0 .45em;"
        "overflow-wrap:anywhere;letter-spacing:-.01em}\n"
        "h2{font-size:1.12rem;font-weight:650;margin:0 0 .7em}\n"
        "h3{font-size:1rem;font-weight:650;margin:1.8em 0 .5em}\n"
        "section{margin-top:40px}\n"
        "p{margin:.4em 0;max-width:78ch}\n"
        "ul{margin:.3em 0;padding-left:1.3em}\nli{margin:.2em 0}\n"
        ".note,.tool,.legend,footer{color:var(--soft);font-size:.9em;max-width:none}\n"
        ".tool{margin:0;letter-spacing:.02em}\n"
        ".who{display:flex;flex-wrap:wrap;gap:2px 22px;list-style:none;margin:0;padding:0}\n"
        ".who b{font-weight:400;color:var(--soft)}\n"
        ".code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,\"DejaVu Sans "
        "Mono\",monospace;"
        "font-size:.92em}\n"
        "footer{margin-top:48px;border-top:1px solid var(--rule);padding-top:12px}\n"
        "pre{margin:.5em 0 0;white-space:pre-wrap;overflow-wrap:anywhere}\n"
        ":focus-visible{outline:2px solid var(--line);outline-offset:2px}\n";

static const char verdict[] =
        ".verdict{background:var(--card);border:1px solid var(--rule);border-left:6px solid "
        "var(--tone);border-radius:8px;padding:20px 24px;margin-top:24px;--tone:var(--soft)}\n"
        ".verdict.calm{--tone:var(--calm)}.verdict.doubt{--tone:var(--doubt)}"
        ".verdict.alarm{--tone:var(--alarm)}\n"
        ".verdict h2{font-size:.9rem;color:var(--soft);margin:0;font-weight:500}\n"
        ".confidence{margin:0;display:flex;flex-wrap:wrap;align-items:baseline;gap:0 14px}\n"
        ".word{font-size:1.9rem;font-weight:700;color:var(--tone);letter-spacing:-.02em;"
        "line-height:1.3}\n"
        ".word::first-letter{text-transform:uppercase}\n"
        ".percent{font-size:1.9rem;font-weight:350;line-height:1.3}\n"
        ".bar{display:block;width:100%;max-width:520px;height:12px;border-radius:6px;"
        "margin:6px 0 14px}\n"
        ".rail{fill:var(--rail)}.fill{fill:var(--tone)}.notch{fill:var(--card)}\n"
        ".line{font-size:1.08rem;font-weight:600}\n"
        ".facts{display:flex;flex-wrap:wrap;gap:8px 36px;margin:14px 0}\n"
        ".facts dt{color:var(--soft);font-size:.85em}.facts dd{margin:0;max-width:44ch}\n"
        ".next{border-top:1px solid var(--rule);padding-top:12px;margin:12px 0 0;max-width:none;"
        "overflow-wrap:anywhere}\n";

static const char charts[] =
        ".charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(440px,100%),1fr));"
        "gap:20px}\n"
        ".chart{margin:0;background:var(--card);border:1px solid var(--rule);border-radius:8px;"
        "padding:14px 16px 10px;min-width:0}\n"
        ".lead,.legend{grid-column:1/-1}.legend{margin:-8px 0 0;display:flex;flex-wrap:wrap;"
        "gap:2px 22px;max-width:none}\n"
        ".chart h3{display:inline;margin:0}.now{font-weight:650;margin-left:.5em}\n"
        ".chart figcaption .note{margin-left:.6em}\n"
        ".chart .wide{border:0;margin:0}\n"
        ".chart svg{display:block;width:100%;height:auto;min-width:420px}\n"
        ".lead svg{min-width:680px}.chart svg svg{min-width:0}\n"
        ".swatch{width:28px;height:12px;vertical-align:-1px;margin-right:6px}\n"
        "svg text{font-size:12px;fill:var(--soft);font-family:inherit}\n"
        "svg .end{text-anchor:end}svg .middle{text-anchor:middle}\n"
        ".axis{stroke:var(--soft);stroke-opacity:.6}.grid{stroke:var(--grid)}\n"
        ".line{fill:none;stroke:var(--line);stroke-width:2;stroke-linejoin:round}\n"
        "p.line{stroke:none}.dot{fill:var(--line)}.band{fill:var(--band)}\n"
        ".fit{fill:none;stroke:var(--fit);stroke-width:1.6;stroke-dasharray:7 5}\n"
        ".interval{fill:var(--interval)}\n"
        ".limit{fill:none;stroke:var(--limit);stroke-width:1.6;stroke-dasharray:12 4 2 4}\n"
        "svg text.limit{fill:var(--limit);stroke:none}\n"
        ".event path{stroke:var(--event);stroke-dasharray:2 3;fill:none}\n"
        ".event text{fill:var(--event);font-weight:600}\n"
        ".loud path{stroke:var(--alarm);stroke-dasharray:none;stroke-opacity:.75}"
        ".loud text{fill:var(--alarm)}\n";

static const char tables[] =
        ".wide{overflow-x:auto;border-radius:8px}\n"
        "section>.wide{background:var(--card);border:1px solid var(--rule)}\n"
        "table{border-collapse:collapse;width:100%}.short{width:auto;min-width:340px}\n"
        "th,td{padding:5px 12px;text-align:left;vertical-align:baseline;"
        "border-bottom:1px solid var(--grid)}\n"
        "tbody tr:last-child>*{border-bottom:0}\n"
        "thead "
        "th{font-weight:500;color:var(--soft);font-size:.86em;border-bottom-color:var(--rule);"
        "white-space:nowrap}\n"
        "tbody th{font-weight:500}\n"
        ".n,.processes .n,.figures td,.regions td,.regions thead th,.figures thead "
        "th{text-align:right;"
        "white-space:nowrap}\n"
        ".figures .text{text-align:left;white-space:normal;color:var(--soft)}\n"
        ".regions,.figures{font-size:.9em}.regions th,.regions td{padding:4px 9px}\n"
        ".regions tbody th{overflow-wrap:anywhere;min-width:270px}\n"
        ".where{display:block;font:400 .86em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"
        "\"DejaVu Sans Mono\",monospace;color:var(--soft)}\n"
        ".regions th:first-child,.figures th:first-child{text-align:left}\n"
        ".regions td:nth-child(2),.regions thead th:nth-child(2){text-align:left}\n"
        ".regions td:nth-child(2),.still td:nth-child(3),.still "
        "td:nth-child(4){color:var(--soft)}\n"
        ".grows{background:var(--tint)}.grows th,.regions .grows td:nth-child(3),"
        ".regions .grows td:nth-child(4){font-weight:700}\n"
        ".processes{font-size:.9em}.processes td{white-space:nowrap}"
        ".processes tbody th{overflow-wrap:anywhere;min-width:200px}\n"
        ".mark{color:var(--alarm)}\n"
        ".spark{width:72px;height:16px;vertical-align:middle}"
        ".spark path{fill:none;stroke:var(--line);stroke-width:1.3}\n"
        ".for td:first-child{color:var(--alarm);font-weight:600;white-space:nowrap}"
        ".against td:first-child{color:var(--calm);font-weight:600;white-space:nowrap}\n"
        ".evidence td:last-child,.events td:last-child{width:100%}\n"
        "details{margin-top:4px}summary{cursor:pointer;color:var(--soft);font-size:.9em;"
        "padding:2px 0}\n"
        "th details{min-width:300px}th summary,th pre{font-weight:400}th "
        "pre{max-height:320px;overflow:auto}\n"
        "details .wide{max-height:320px;overflow:auto}details table{font-size:.9em}\n"
        "details td,details thead th+th{text-align:right}\n"
        ".glossary dt{font-weight:600}.glossary dd{margin:0 0 .5em;max-width:78ch;"
        "color:var(--soft)}\n"
        ".glossary{columns:2 400px;column-gap:40px}.glossary div{break-inside:avoid}\n";

/* Paper is white, whatever the screen was, and has no scroll bars. */
static const char paper[] =
        "@page{margin:14mm 12mm}\n"
        "@media print{:root{color-scheme:light;--page:#fff;--card:#fff;--ink:#000;--soft:#444;"
        "--rule:#bbb;--grid:#ddd;--line:#1d4a8f;--band:#1d4a8f33;--fit:#a01c15;"
        "--interval:#a01c1520;--limit:#7a4300;--event:#5a4d69;--calm:#14532d;--doubt:#6f4800;"
        "--alarm:#a01c15;--rail:#ddd;--tint:#fbeae6}\n"
        "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}\n"
        "body{font-size:9.5pt}main{max-width:none;padding:0}section{margin-top:18pt}\n"
        "h2,h3{break-after:avoid}.verdict,.chart,tr,li{break-inside:avoid}\n"
        ".wide,details .wide{overflow:visible;max-height:none}\n"
        ".charts{grid-template-columns:1fr 1fr;gap:10pt}\n"
        ".chart svg,.lead svg{min-width:0}details:not([open]){display:none}\n"
        "svg text{font-size:20px}.lead svg text{font-size:15px}\n"
        ".regions{font-size:6.6pt}.regions th,.regions td{padding:2pt 3pt}\n"
        ".regions tbody th{min-width:110pt}.where{font-size:.8em}.spark{width:40px}\n"
        "thead{display:table-header-group}}\n";

void html_style(struct buf *out)
{
	buf_adds(out, colours);
	buf_adds(out, text);
	buf_adds(out, verdict);
	buf_adds(out, charts);
	buf_adds(out, tables);
	buf_adds(out, paper);
}
