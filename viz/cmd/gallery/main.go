// Gallery draws every chart of package viz from real runs: go run ./viz/cmd/gallery writes
// viz/README.md and its pictures; with -html folder it writes a page for each chart instead.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"projectpenalty/viz"
	_ "projectpenalty/viz/draw"
)

func main() {
	pages := flag.String("html", "", "write a page for each chart into this `folder`, and nothing else")
	flag.Parse()
	if err := run(*pages); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(pages string) error {
	entries, err := draw(context.Background())
	if err != nil {
		return err
	}
	if pages != "" {
		if err := os.MkdirAll(pages, 0o755); err != nil {
			return err
		}
		for _, e := range entries {
			for _, ending := range []string{".html", ".json", ".csv"} {
				if w, ok := e.figure.(*viz.Chart); ok || ending == ".html" {
					if !ok {
						err = e.figure.(*viz.Layout).WriteFile(filepath.Join(pages, e.name+ending))
					} else {
						err = w.WriteFile(filepath.Join(pages, e.name+ending))
					}
					if err != nil {
						return err
					}
				}
			}
		}
		return nil
	}
	if err := os.MkdirAll("viz/pictures", 0o755); err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(head)
	for _, e := range entries {
		svg, err := e.figure.SVG()
		if err != nil {
			return err
		}
		if err := os.WriteFile("viz/pictures/"+e.name+".svg", []byte(svg), 0o644); err != nil {
			return err
		}
		alt := e.question
		if c, ok := e.figure.(*viz.Chart); ok {
			alt = c.Alt()
		}
		fmt.Fprintf(&b, "## %s\n%s\n\n```go\n%s\n```\n![%s](pictures/%s.svg)\n\n", e.name, e.question, e.call, strings.NewReplacer("[", "(", "]", ")", "\n", " ").Replace(alt), e.name)
	}
	return os.WriteFile("viz/README.md", []byte(strings.TrimSpace(b.String())+"\n"), 0o644)
}

const head = `# viz: a picture for each question

Each function takes plain data or the trace of a run and returns a chart: live in a notebook or a page, and a picture wherever
scripts do not run. ` + "`nb.Show(chart)`" + ` shows it in a notebook; ` + "`chart.WriteFile(name)`" + ` saves it as .html, .svg, .png, .json (the
ECharts option) or .csv (the numbers), in a program that imports ` + "`_ \"projectpenalty/viz/draw\"`" + `. ` + "`chart.Log()`" + ` and ` + "`chart.Linear()`" + ` change the axis of values. While a run lasts ` + "`nb.Live(every)`" + `
follows it, and ` + "`nb.Slider(label, from, to, start, draw)`" + ` draws a figure anew as the reader moves a number.

| where it is opened | what shows |
|---|---|
| JupyterLab 4, Notebook 7 | the live chart of a cell that runs, with live runs and sliders; in a saved notebook the picture, also where it is not trusted and runs nothing |
| ` + "`jupyter nbconvert --to html`" + `, a page of WriteFile | the live chart; the picture where there is no network or scripts are off |
| GitHub | the picture, of a notebook that ran with ` + "`PENALTY_PICTURES=1`" + `, which stores ` + "`image/svg+xml`" + ` alone |
| VS Code | not tried in it. It renders ` + "`text/html`" + `, what each chart stores: an ` + "`<img>`" + ` that needs no script, and a script that puts the live chart in its place if it may |

The tests open JupyterLab and Notebook 7 (` + "`notebooks/machinery/tests/test_frontends.py`" + `) and HTML exports (` + "`test_charts.py`" + `) in Chromium, and none of the others.

All pictures here are of real runs. ` + "`go run ./viz/cmd/gallery`" + ` makes this page and its pictures.

`
