"""The ledger of claims: each verdict that the notebooks reached, in quick and in full mode, with its numbers.

LEDGER.json holds it for programs, LEDGER.md for people; a summary stands in the README of the project.
"""

import csv
import hashlib
import io
import json
import pathlib
import re

import run

NOTEBOOKS = run.NOTEBOOKS
JSON, PAGE, TABLES = NOTEBOOKS / "LEDGER.json", NOTEBOOKS / "LEDGER.md", NOTEBOOKS / "ledger"
README = NOTEBOOKS.parent / "README.md"
BEGIN, END = "<!-- written by make reproduce; do not edit -->", "<!-- end of make reproduce -->"
MODES = ("quick", "full")
USUAL = ("RelativeError", "Test", "Train", "EffectiveRank", "Steps")
# Why a notebook does not judge a claim on data that are not on the machine.
NO_DATA = "data missing"


def rows(path, notebook, code, seconds):
    """The verdicts of an executed notebook as rows of the ledger."""
    found = []
    for verdict in run.verdicts(notebook):
        identity = json.dumps([code, verdict["version"], verdict.get("sources", ""), verdict["full"],
                               verdict["setting"]])
        found.append({
            "notebook": path.name, "title": title(notebook), "claim": verdict["claim"], "mode": MODES[verdict["full"]],
            "setting": verdict["setting"], "outcome": verdict["outcome"], "headline": verdict["headline"],
            "rule": verdict["rule"], "confidence": verdict["confidence"],
            "reason": verdict.get("reason", ""), "missing": verdict.get("missing", ""),
            "failed": verdict.get("failed", []), "required": verdict.get("required", []),
            "checks": verdict["checks"], "columns": verdict.get("columns", []), "seconds": round(seconds),
            "version": verdict["version"], "code": code, "sources": verdict.get("sources", ""),
            "run": hashlib.sha256(identity.encode()).hexdigest()[:12],
        })
    return found


def reason(row):
    """Why a verdict is invalid or was not run. Rows that older versions wrote have none: all were reached."""
    return row.get("reason", "")


def title(notebook):
    first = next(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return first.splitlines()[0].lstrip("# ").strip()


def read(path=JSON):
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def replace(ledger, name, mode, new):
    """The ledger with the rows of one notebook and mode replaced, in the order of the notebooks. Where the new run
    lacked only the data, an earlier row of a machine that had them stays. A full run finds the results of an earlier
    one by the same sources, so the longer time stays. A quick row names the sources with which it had the same
    numbers."""
    claims = {r["claim"] for r in new}
    earlier = {r["claim"]: r for r in ledger
               if (r["notebook"], r["mode"]) == (name, mode) and r["outcome"] != "not run"}
    new = [earlier.get(r["claim"], r) if r["missing"] == NO_DATA else r for r in new]
    for r in new:
        before = earlier.get(r["claim"], r)
        if mode == "full" and before.get("sources") == r.get("sources"):
            r["seconds"] = max(r["seconds"], before["seconds"])
        if mode == "quick" and before["checks"] == r["checks"]:
            r["alike"] = sorted({*before.get("alike", []), before.get("sources", "")} - {r.get("sources", "")})
    kept = [r for r in ledger if r["notebook"] != name or r["mode"] != mode and r["claim"] in claims]
    existing = {p.name for p in run.notebooks()}
    return sorted((r for r in kept + new if r["notebook"] in existing),
                  key=lambda r: (r["notebook"], r["claim"], MODES.index(r["mode"])))


def kept(ledger, new):
    """Whether a row of an earlier run stays in the ledger for one of a new run that lacked the data."""
    return any(r["missing"] == NO_DATA and r not in ledger for r in new)


def changed(ledger):
    """The claims, by notebook, whose verdict differs between quick and full, if both were run."""
    outcomes = {}
    for r in ledger:
        if not reason(r):
            outcomes.setdefault((r["notebook"], r["claim"]), set()).add(r["outcome"])
    return {key for key, found in outcomes.items() if len(found) > 1}


def other_code(quick, full):
    """Whether a full verdict is of another notebook, or of sources of mc with which the quick one is not known to have
    had its numbers."""
    same = [quick.get("sources"), *quick.get("alike", [])]
    return full["outcome"] != "not run" and (full.get("code") != quick.get("code") or full.get("sources") not in same)


def tables(ledger):
    """Write the numbers behind the verdicts, one CSV per notebook; rows that bring none keep theirs."""
    TABLES.mkdir(exist_ok=True)
    for name in sorted({r["notebook"] for r in ledger if "columns" in r}):
        path = TABLES / (pathlib.Path(name).stem + ".csv")
        keep = {(r["claim"], r["mode"]) for r in ledger if r["notebook"] == name and "columns" not in r}
        rows = []
        if path.exists():
            with path.open(newline="", encoding="utf-8") as f:
                rows = [row for row in list(csv.reader(f))[1:] if tuple(row[:2]) in keep]
        for r in ledger:
            if r["notebook"] == name:
                for column in r.pop("columns", []):
                    rows += [[r["claim"], r["mode"], column["name"], str(k), exact(v)]
                             for k, v in enumerate(column["values"], 1)]
        save_table(path, [["claim", "mode", "column", "seed", "value"],
                          *sorted(rows, key=lambda row: (MODES.index(row[1]), row[0]))])


def runs(path, mode, log):
    """Write the runs that a notebook rests on, as viz/nb/runs.go has logged them, to ledger/runs/NAME.MODE.csv, and
    those that tuned a contest to NAME.MODE.tuning.csv.

    Settings are those of the solver and the problem, resolved. To be short, a row without status has them
    whole, and the rows of its number have only what differs; of a sweep, the levels of its axes."""
    entries = [json.loads(line) for line in dict.fromkeys(log.splitlines())]  # a run that several cells read is one
    for suffix, tunes in ("", False), (".tuning", True):
        chosen = [e for e in entries if ("-tune-" in e.get("sweep", "")) == tunes]
        if not chosen:
            continue
        found = {name for e in chosen for name in e.get("values", {})}
        measures = sorted(found - set(USUAL[2:]) if tunes else found, key=place)
        bases, rows = {}, []
        for e in chosen:
            settings = e["settings"].split(", ")
            of = e.get("sweep") or f"{settings[0].split('{')[0]} of {len(settings)}"
            if of not in bases:
                bases[of] = (len(bases) + 1, settings)
                rows.append([len(bases), e.get("sweep", ""), e["settings"], "", *["" for _ in measures], e["sources"]])
            number, base = bases[of]
            if e.get("status"):
                differing = e["settings"] if "sweep" in e else ", ".join(
                    new for old, new in zip(base, settings) if new != old)
                status = e["status"] + (f": {e['error']}" if e.get("error") else "")
                rows.append([number, "", differing, status, *[e.get("values", {}).get(m, "") for m in measures], ""])
        file = TABLES / "runs" / f"{path.stem}.{mode}{suffix}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        save_table(file, [["number", "sweep", "settings", "status", *measures, "sources"], *rows])


def place(measure):
    """The usual measures come first."""
    return (USUAL.index(measure) if measure in USUAL else len(USUAL), measure)


def exact(v):
    return v if isinstance(v, str) else repr(v)


def write(ledger):
    tables(ledger)
    save(JSON, json.dumps(ledger, indent=1, ensure_ascii=False) + "\n")
    save(PAGE, page(ledger))
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    if rest:
        save(README, f"{before}{BEGIN}\n\n{summary(of_the_note(ledger))}\n{END}{after}")


def save_table(path, rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    save(path, text.getvalue())


def save(path, text):
    """Write a file beside the old one, which it then replaces: an interruption or a text that cannot be encoded
    leaves the old one."""
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(text.encode())
    new.replace(path)


def of_the_note(ledger):
    """The rows of the note's own claims, C1 to C11."""
    return [r for r in ledger if re.match(r"C\d", r["claim"])]


def summary(ledger):
    """One line per claim: what is claimed, in the words of the notebook's title, and how it stands."""
    lines = ["| the claim, and its notebook | judged | quick | full |", "|---|---|---|---|"]
    differing = changed(ledger)
    for name, claim, modes in grouped(ledger):
        code = {"full": ", other code" if len(modes) == 2 and other_code(**modes) else ""}
        cells = [f"{modes[m]['headline']} ({seeds(modes[m])}{code.get(m, '')})" if m in modes else "not run yet"
                 for m in MODES]
        mark = " ⚠ differs" if (name, claim) in differing else ""
        shown = modes.get("quick") or modes["full"]
        lines.append(f"| [{escape(shown['title'])}](notebooks/{name}) | {escape(claim)} | "
                     f"{cells[0]} | {cells[1]}{mark} |")
    return "\n".join(lines) + "\n"


def page(ledger):
    lines = [
        "# Ledger of claims", "",
        "Written by `make reproduce` (quick) and `make reproduce FULL=1`; do not edit. A verdict is "
        "computed from the checks below it: each is a",
        "statistic over seeds, mostly their median, with its interval, against a threshold that the notebook states "
        "beforehand. `run` identifies the code of the notebook and of mc, the version and the setting.", "",
        "A full verdict marked *other code* was computed by earlier code: of its notebook, or of mc, with which the "
        "quick mode is not known to have had the numbers beside it. The notebook says where that matters.", "",
        summary(ledger).replace("](notebooks/", "]("),
    ]
    for name, claim, modes in grouped(ledger):
        lines += [f"## {escape(claim)}", "", f"[{escape(next(iter(modes.values()))['title'])}]({name})", ""]
        for mode in MODES:
            if mode not in modes:
                continue
            r = modes[mode]
            why = f": {escape(reason(r))}" if reason(r) else ""
            lines += [f"**{mode}: {r['headline']}**{why}. {escape(r['setting'])}. The notebook took "
                      f"{r['seconds']} s; run `{r['run']}`.", ""]
            if r["checks"]:
                if len(r["checks"]) > 1:
                    lines += [f"Rule: {r['rule']}.", ""]
                lines += ["| measured | estimate | interval | confidence | seeds | must be | |",
                          "|---|---|---|---|---|---|---|"]
                lines += [check(c) for c in r["checks"]] + [""]
            for required in r.get("required", []):
                lines += [f"Required: {escape(required['met'])}.", ""]
    return "\n".join(lines).rstrip() + "\n"


def check(c):
    word = {"supported": "holds", "refuted": "fails"}.get(c["outcome"], "open")
    if c.get("shown"):
        word += " (not counted)"
    what = escape(c["what"]) + (" (primary)" if c.get("primary") else "")
    bound = c["bound"]
    if c.get("error"):
        return f"| {what} | {escape(c['error'])} | | | | {bound} | {word} |"
    return (f"| {what} | {number(c['median'])} | {number(c['lo'])} to {number(c['hi'])} | "
            f"{sureness(c)} | {c['seeds']} | {bound} | {word} |")


def sureness(c):
    """The confidence of an interval, and for how many at once it was chosen."""
    sure, n = 100 * c["confidence"], c["comparisons"]
    return f"{sure:.3g} %" + (f", {max(0, 100 - n * (100 - sure)):.3g} % for {n} at once" if n > 1 else "")


def grouped(ledger):
    """(notebook, claim, {mode: row}) in the ledger's order."""
    groups = {}
    for r in ledger:
        groups.setdefault((r["notebook"], r["claim"]), {})[r["mode"]] = r
    return [(name, claim, modes) for (name, claim), modes in groups.items()]


def seeds(row):
    """How many seeds the checks of a row are over."""
    counts = sorted({c["seeds"] for c in row["checks"]})
    if not counts:
        return reason(row) or "no checks"
    return f"{counts[0]} seeds" if len(counts) == 1 else f"{counts[0]} to {counts[-1]} seeds"


def number(v):
    return f"{v:.3g}" if isinstance(v, (int, float)) else v


def escape(text):
    return text.replace("|", "\\|").replace("<", "&lt;")
