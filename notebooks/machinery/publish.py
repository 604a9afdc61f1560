"""Write all notebooks, executed, as a static site that needs no server and no network: the ledger of claims first.

python notebooks/machinery/publish.py [--stored] [folder]: --stored takes the outputs that
are stored, whose charts are pictures, instead of running
the notebooks. A link that leads nowhere is an error.
"""

import functools
import gzip
import html
import html.parser
import os
import pathlib
import re
import shutil
import sys
import urllib.parse

import latex2mathml.converter
import nbformat
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import GoLexer

import ledger
import run

ROOT = pathlib.Path(__file__).resolve().parents[2]

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="stylesheet" href="{top}style.css">
{library}<nav><a href="{top}index.html">Project Penalty</a><details><summary>Notebooks</summary>{links}</details></nav>
<main>
{body}
</main>
</html>
"""
# The same for a page that has charts: they look for the library under this name.
LIBRARY = '<script src="{top}echarts.min.js"></script>\n<script>window.penaltyECharts = window.echarts</script>\n'

STYLE = """
:root { --text: #1b1b1b; --dim: #5b5b5b; --back: #fff; --code: #f5f5f3; --line: #d9d9d6; --link: #0058a3 }
@media (prefers-color-scheme: dark) { :root { --text: #e4e4e2; --dim: #a5a5a2; --back: #161616; --code: #222221; --line: #3d3d3b; --link: #7cbcf5 } }
body { margin: 0; color: var(--text); background: var(--back); font: 16px/1.55 system-ui, sans-serif }
main { max-width: 72rem; margin: 0 auto; padding: 0 1rem 4rem } main > * { max-width: 48rem } main > .output, main > .wide { max-width: none } main > .highlight { max-width: 60rem }
nav { padding: .6rem 1rem; border-bottom: 1px solid var(--line) } nav summary { cursor: pointer } nav details a { display: block }
a { color: var(--link) } h1, h2, h3 { line-height: 1.25 } a.anchor-link { visibility: hidden; text-decoration: none; padding-left: .3em } :hover > a.anchor-link { visibility: visible }
pre, code { font: 13px/1.45 ui-monospace, Menlo, Consolas, monospace } pre { background: var(--code); padding: .7rem 1rem; overflow-x: auto; border-radius: 4px; margin: .8rem 0; tab-size: 4 }
.output { margin: .8rem 0; overflow-x: auto } .output pre { white-space: pre-wrap; background: none; border-left: 3px solid var(--line); border-radius: 0; padding: .2rem 1rem } .output img { max-width: 100%; height: auto }
.wide { overflow-x: auto } table { border-collapse: collapse; font-size: 15px } th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
img { max-width: 100%; height: auto } math { font-size: 1.08em } math[display=block] { margin: .8rem 0; overflow-x: auto; overflow-y: hidden }
"""


@functools.cache
def titles():
    """Of each notebook."""
    return {path: ledger.title(nbformat.read(path, as_version=4)) for path in run.notebooks()}


class Renderer(IPythonRenderer):
    """Markdown as HTML, mathematics as MathML, which browsers draw by themselves; links are handed
    to the function link."""

    def __init__(self, link):
        super().__init__(escape=False)
        self.at = link

    def link(self, text, url, title=None):
        return super().link(text, self.at(url), title)

    def image(self, text, url, title=None):
        return super().image(text, self.at(url), title)

    def heading(self, text, level, **attributes):
        """A heading has the name that code hosts give it, in small letters."""
        return re.sub(r'( id="| href="#)([^"]*)"', lambda found: f'{found[1]}{found[2].lower()}"',
                      super().heading(text, level, **attributes))

    def inline_math(self, body):
        return latex2mathml.converter.convert(body)

    def block_math(self, body):
        return latex2mathml.converter.convert(body, display="block")

    def latex_environment(self, name, body):
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    def table(self, text):
        return f'<div class="wide"><table>\n{text}</table></div>\n'


class Site:
    """A folder in which the files that pages link to appear beside the pages."""

    def __init__(self, folder, notebooks):
        self.folder, self.notebooks = folder, notebooks
        self.todo, self.done = [], set()

    def where(self, path):
        """The name in the site of a file of the checkout."""
        name = path.relative_to(ROOT)
        if path.suffix in (".ipynb", ".md"):
            return str(name.with_suffix(".html"))
        return f"{name}.txt" if path.suffix in (".go", ".py", ".sh") else str(name)

    def link(self, source, url, page):
        """The address, for that page of the site, of what the file source links to by url; the page
        behind it is made as well."""
        parts = urllib.parse.urlsplit(url)
        if parts.scheme or not parts.path:
            return url
        target = (source.parent / urllib.parse.unquote(parts.path)).resolve()
        if target.is_dir():
            # Of a folder, its page; or its doc comment.
            named = [target / name for name in ("README.md", "doc.go", "main.go", f"{target.name}.go")]
            target = next((f for f in [*named, *sorted(target.glob("*.go"))] if f.exists()), target)
        if not target.is_file() or ROOT not in target.parents:
            sys.exit(f"site: {source.relative_to(ROOT)} links to {url}, which is not there")
        if target not in self.done:
            self.done.add(target)
            self.todo.append(target)
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        return os.path.relpath(self.where(target), os.path.dirname(page)) + fragment

    def markdown(self, source, text, page=None):
        """The HTML of a file's Markdown, for its page or for another one."""
        return MarkdownWithMath(Renderer(lambda url: self.link(source, url, page or self.where(source)))).render(text)

    def write(self, name, title, body, library=False):
        top = "../" * name.count("/")
        links = "".join(f'\n<a href="{top}{self.where(p)}">{p.stem.partition("_")[0]} · {html.escape(title)}</a>'
                        for p, title in titles().items())
        page = PAGE.format(top=top, title=html.escape(title), links=links, body=body,
                           library=LIBRARY.format(top=top) if library else "")
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page)

    def finish(self):
        """Write whatever has been linked to."""
        while self.todo:
            path = self.todo.pop()
            if path.suffix == ".ipynb":
                notebook = self.notebooks(path)
                self.write(self.where(path), ledger.title(notebook), self.cells(path, notebook), library=True)
            elif path.suffix == ".md":
                text = path.read_text()
                self.write(self.where(path), text.partition("\n")[0].lstrip("# "), self.markdown(path, text))
            else:
                copy = self.folder / self.where(path)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)

    def cells(self, path, notebook):
        out = []
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                out.append(self.markdown(path, cell.source))
            elif cell.cell_type == "code":
                out.append(highlight(cell.source, GoLexer(), HtmlFormatter()))
                out += [f'<div class="output">{shown}</div>' for shown in map(output, cell.outputs) if shown]
        return "\n".join(out)


def output(o):
    """What a code cell put out, as HTML: the richest form of it."""
    if o.output_type == "stream":
        return f"<pre>{html.escape(o.text)}</pre>"
    if o.output_type == "error":
        return f"<pre>{html.escape(o.evalue)}</pre>"
    data = o.data
    if "text/html" in data:
        return data["text/html"].strip()
    if "image/png" in data:
        described = o.metadata.get("image/png", {})  # none, of a picture that the toolkit did not draw
        width = f' width="{described["width"]}"' if "width" in described else ""
        return (f'<img alt="{html.escape(described.get("alt", ""))}"{width} '
                f'src="data:image/png;base64,{data["image/png"].strip()}">')
    if "text/plain" in data:
        return f"<pre>{html.escape(data['text/plain'])}</pre>"
    return ""


def index(site):
    """The first page: what this is, in the README's words, then the ledger, then each verdict's numbers."""
    readme = ROOT / "README.md"
    introduction = readme.read_text().partition("\n## ")[0]
    rows = ledger.read()
    details = ledger.page(rows).partition("\n## ")
    site.write("index.html", "Project Penalty", "\n".join([
        site.markdown(readme, introduction),
        site.markdown(readme,
                      "## Ledger of claims\n\nEach verdict is computed: the interval of a median over seeds "
                      "against a threshold that its notebook states beforehand.\n\n" + ledger.summary(rows)),
        site.markdown(ledger.PAGE, details[1] + details[2], "index.html"),
        site.markdown(readme,
                      "## All pages\n\n" +
                      "\n".join(f"* [{ledger.title(nbformat.read(p, as_version=4))}]({p.relative_to(ROOT)})"
                                for p in run.notebooks())
                      + "\n* [How the notebooks are run, checked and stored](notebooks/README.md)\n* [The project's README](README.md)"),
    ]))


class Links(html.parser.HTMLParser):
    """The addresses and the names of a page."""

    def __init__(self, text):
        super().__init__()
        self.to, self.names = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for key, value in attributes:
            if key in ("href", "src") and value:
                self.to.append(value)
            if key in ("id", "name") and value:
                self.names.add(value)


def broken(folder):
    """The links of a site that lead nowhere within it, or that a page would fetch from elsewhere,
    as (page, address)."""
    pages = {p: Links(p.read_text()) for p in folder.rglob("*.html")}
    found = []
    for page, links in pages.items():
        for url in links.to:
            parts = urllib.parse.urlsplit(url)
            if parts.scheme in ("http", "https", "mailto", "data"):
                continue
            target = (page.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else page
            named = {parts.fragment, urllib.parse.unquote(parts.fragment)}
            if not target.is_file() or parts.fragment and target in pages and not named & pages[target].names:
                found.append((str(page.relative_to(folder)), url))
    return found


def publish(folder, notebooks):
    """Write the site; notebooks returns, for a path, the notebook with the outputs that are shown."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "echarts.min.js").exists():
            sys.exit(f"site: {folder} holds something else; name a folder that is empty, or not there")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    library = (ROOT / "viz/internal/echarts/echarts.min.js.gz").read_bytes()
    # First: by it the next call knows the folder, should this one be interrupted.
    (folder / "echarts.min.js").write_bytes(gzip.decompress(library))
    (folder / "style.css").write_text(STYLE + colours("default") + "@media (prefers-color-scheme: dark) {\n" +
                                      colours("github-dark") + "}\n")
    shutil.copyfile(ROOT / "viz/internal/echarts/LICENSE", folder / "echarts.LICENSE.txt")
    site = Site(folder, notebooks)
    index(site)
    site.finish()
    nowhere = broken(folder)
    if nowhere:
        sys.exit("site: links that lead nowhere:\n" + "\n".join(f"  {page}: {url}" for page, url in nowhere))


def colours(style):
    """A style of Pygments without its background, and without its marks at what is GoNB's and not Go."""
    lines = HtmlFormatter(style=style).get_style_defs(".highlight").splitlines()
    return "\n".join(line for line in lines if not re.search(r"background|linenos|\.err\b", line)) + "\n"


def executed(path):
    print(f"site: running {path.name}", flush=True)
    return run.execute(path)


def stored(path):
    return nbformat.read(path, as_version=4)


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    folder = pathlib.Path(arguments[0] if arguments else ROOT / "site").resolve()
    publish(folder, stored if "--stored" in sys.argv else executed)
    print(f"site: {folder / 'index.html'}, {sum(f.stat().st_size for f in folder.rglob('*')) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
