#!/usr/bin/env python3
"""Looks at the status page and at a report in Chromium: light and dark, at 1280, 390 and 320 pixels. Fails on anything
that the console complains of, on violations of the policy, and on what audit.js finds.

usage: check.py [--pictures DIRECTORY] [--axe AXE.MIN.JS] [--report REPORT.html]... [URL...]

Without an URL the page is served by stub.py, in every state; with one, that of a running `sluice watch` is looked at.
"""
import argparse
import json
import pathlib
import sys
import time

import chromium
import stub

HERE = pathlib.Path(__file__).resolve().parent
SHAPES = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"), (320, "light")]
SCENARIOS = ["busy", "idle", "paused", "stopping", "hostile", "full", "many", "lost"]
EXPECTED = "status of 503"  # the browser's own line about the answer that the scenario `lost` gives

parser = argparse.ArgumentParser()
parser.add_argument("--pictures", help="where screenshots go")
parser.add_argument("--axe", help="axe-core, as a second opinion")
parser.add_argument("--report", action="append", default=[])
parser.add_argument("--scenario", action="append", help="of stub.py, besides reports and addresses")
parser.add_argument("urls", nargs="*")
options = parser.parse_args()

if not chromium.find():
    print("browser checks: SKIPPED, there is no Chromium (Debian: apt-get install chromium)", file=sys.stderr)
    sys.exit(0)

faults = []


def audit(page, name):
    for text in page.run((HERE / "audit.js").read_text()):
        faults.append(f"{name}: {text}")
    if options.axe:
        page.run(pathlib.Path(options.axe).read_text() + ";1")
        found = page.run("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map("
                         "v => v.id + ': ' + v.help + ' ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 120)).join(' | ')))")
        faults.extend(f"{name}: axe {text}" for text in found)
    for text in page.complaints():
        if not (name.startswith("lost") and EXPECTED in text):
            faults.append(f"{name}: {text}")


def focus_walk(page, name):
    """Every control is reached by Tab, in the order of the document, and shows it."""
    # A browser that has just been shown a page begins at its top.
    page.run("document.activeElement.blur(); window.getSelection().removeAllRanges(); scrollTo(0, 0); 1")
    count = page.run("[...document.querySelectorAll('a[href],button,input,select,summary')].filter(e => e.checkVisibility()).length")
    order = []
    for _ in range(min(count, 40)):
        page.key("Tab", 9)
        order.append(page.run("""(() => { const e = document.activeElement, s = getComputedStyle(e);
            const all = [...document.querySelectorAll('a[href],button,input,select,summary')].filter(e => e.checkVisibility());
            return [all.indexOf(e), s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2, e.outerHTML.slice(0, 80)]; })()"""))
    places = [place for place, _, _ in order]
    if places != sorted(places) or -1 in places or len(set(places)) != len(places):
        faults.append(f"{name}: Tab goes through {places} of {count} controls")
    for _, is_visible, element in order:
        if not is_visible:
            faults.append(f"{name}: the focus does not show on {element}")


def picture(page, name):
    if options.pictures:
        # What lies outside the window is not drawn otherwise.
        page.run("document.querySelectorAll('.sheet > li').forEach(e => { e.style.contentVisibility = 'visible'; }); 1")
        page.run("Promise.all([...document.images].map(i => i.decode().catch(() => 0))).then(() => 1)")
        time.sleep(.2)
        page.picture(pathlib.Path(options.pictures, f"{name}.png"))


def look(browser, url, name, is_stub):
    for width, scheme in SHAPES:
        page = browser.page(width, scheme=scheme)
        page.open(url)
        page.wait("!document.getElementById('rest').hidden")
        page.wait("[...document.images].every(i => i.complete)")
        if name == "lost":
            page.wait("document.getElementById('state').dataset.state === 'lost'")
        label = f"{name}-{width}-{scheme}"
        audit(page, label)
        picture(page, label)
        if width == 1280 and scheme == "light":
            focus_walk(page, label)
            steady(page, label, is_stub)
        foreign = [u for u in page.requests() if not u.startswith((url.split("?")[0].rstrip("/"), "data:"))]
        if foreign:
            faults.append(f"{label}: it loads {foreign[:3]}")
        if page.run("document.title").startswith("owned"):
            faults.append(f"{label}: a name has become part of the page")
        page.close()
    states = page_states(browser, url)
    faults.extend(f"{name}: {text}" for text in states)


def steady(page, label, is_stub):
    """Over several updates the focus stays, nothing that stays is made anew, and the live region does not chatter."""
    if label.startswith("lost"):
        return
    page.run("""(() => {
        window.probe = [...document.querySelectorAll('#recent li, .reason, #inboxes tr')];
        window.polls = performance.getEntriesByType('resource').filter(e => e.name.includes('status.json')).length;
        window.spoken = 0;
        new MutationObserver(() => window.spoken++).observe(document.querySelector('[role=status]'), { subtree: true, childList: true, characterData: true });
        const link = document.querySelector('nav a'); link.focus(); window.scrollTo(0, 120); })()""")
    page.wait("performance.getEntriesByType('resource').filter(e => e.name.includes('status.json')).length >= window.polls + 2", 15)
    time.sleep(.2)
    if page.run("document.activeElement !== document.querySelector('nav a')"):
        faults.append(f"{label}: an update takes the focus away")
    if is_stub and page.run("window.scrollY !== 120 && document.documentElement.scrollHeight > innerHeight + 120"):
        faults.append(f"{label}: an update scrolls the page")
    if is_stub and not page.run("window.probe.every(e => e.isConnected)"):
        faults.append(f"{label}: an update makes elements anew")
    if is_stub and page.run("window.spoken") > 0:
        faults.append(f"{label}: the live region speaks though nothing has happened")


def page_states(browser, url):
    """Without scripts it says where else to look; hidden, it does not ask."""
    page = browser.page(390, scripts=False)
    page.open(url)
    found = []
    text = page.send("DOM.getOuterHTML", nodeId=page.send("DOM.getDocument", depth=1)["root"]["nodeId"])["outerHTML"]
    if "sluice status" not in text:
        found.append("without scripts it says nothing")
    page.close()
    return found


def look_at_report(browser, path):
    name = f"report-{pathlib.Path(path).stem}"
    for width, scheme in SHAPES:
        page = browser.page(width, scheme=scheme)
        page.open(pathlib.Path(path).resolve().as_uri())
        label = f"{name}-{width}-{scheme}"
        audit(page, label)
        picture(page, label)
        if width == 1280 and scheme == "light":
            focus_walk(page, label)
            uses(page, label)
        foreign = [u for u in page.requests() if not u.startswith(("file:", "data:"))]
        if foreign:
            faults.append(f"{label}: it loads {foreign[:3]}")
        if page.run("document.title").startswith("owned"):
            faults.append(f"{label}: a name has become part of the page")
        page.close()
    page = browser.page(1280, scripts=False)
    page.open(pathlib.Path(path).resolve().as_uri())
    if page.complaints():
        faults.append(f"{name}: without scripts: {page.complaints()}")
    page.close()
    page = browser.page(794)
    page.send("Emulation.setEmulatedMedia", media="print")
    page.open(pathlib.Path(path).resolve().as_uri())
    if page.run("document.querySelector('.tools') && document.querySelector('.tools').checkVisibility()"):
        faults.append(f"{name}: controls are printed")
    if options.pictures:
        import base64
        pdf = page.send("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        pathlib.Path(options.pictures, f"{name}.pdf").write_bytes(base64.b64decode(pdf["data"]))
    page.close()


def uses(page, label):
    """Search, labels and order do what they say."""
    if not page.run("!!document.querySelector('.sheet')"):
        return
    total = page.run("document.querySelectorAll('.sheet > li').length")
    first = page.run("document.querySelector('.sheet .name').title")
    page.run(f"(() => {{ const s = document.getElementById('search'); s.value = {json.dumps(first)}; s.dispatchEvent(new Event('input')); }})()")
    time.sleep(.4)
    left = page.run("[...document.querySelectorAll('.sheet > li:not([hidden]) .name')].map(e => e.title)")
    words = first.lower().split()
    if not left or first not in left or not all(all(w in name.lower() for w in words) for name in left):
        faults.append(f"{label}: a search for {first!r} leaves {left[:3]}")
    page.run("(() => { const s = document.getElementById('search'); s.value = ''; s.dispatchEvent(new Event('input')); "
             "const o = document.getElementById('order'); o.value = 'slowest'; o.dispatchEvent(new Event('change')); })()")
    time.sleep(.4)
    times = page.run("[...document.querySelectorAll('.sheet > li:not([hidden])')].map(e => Number(e.dataset.seconds))")
    if len(times) != total or times != sorted(times, reverse=True):
        faults.append(f"{label}: slowest first gives {times[:5]}")


with chromium.Chromium() as browser:
    for url in options.urls:
        look(browser, url, "real", False)
    scenarios = options.scenario or ([] if options.urls or options.report else SCENARIOS)
    if scenarios:
        server = stub.start()
        for scenario in scenarios:
            look(browser, f"http://127.0.0.1:{server.server_address[1]}/?{scenario}", scenario, True)
    for report in options.report:
        look_at_report(browser, report)

for text in dict.fromkeys(faults):
    print(f"browser: {text}", file=sys.stderr)
print(f"browser checks: {'FAILED' if faults else 'all in order'}")
sys.exit(1 if faults else 0)
