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
	b.WriteString("| question | chart |\n|---|---|\n")
	for _, e := range entries {
		fmt.Fprintf(&b, "| %s | [%s](#%s) |\n", e.question, e.name, strings.ToLower(e.name))
	}
	b.WriteString("\n`SweepCompare`, `SweepDifferences` and `SweepPhases` draw Compare, Differences and " +
		"PhaseDiagram of\nthe results of a sweep ([mc/sweep](../mc/sweep/README.md)).\n\n")
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
		fmt.Fprintf(&b, "## %s\n%s\n\n```go\n%s\n```\n![%s](pictures/%s.svg)\n\n", e.name, e.question, e.call,
			strings.NewReplacer("[", "(", "]", ")", "\n", " ").Replace(alt), e.name)
	}
	return os.WriteFile("viz/README.md", []byte(strings.TrimSpace(b.String())+"\n"), 0o644)
}

const head = `# viz: a picture for each question

Each function takes plain data or the trace of a run and returns a chart. The chart is live in a
notebook or a page, and a picture wherever scripts do not run.

` + "```go" + `
nb.Show(viz.Loss(trace), viz.SingularValues(trace)) // in a notebook
viz.SingularValues(trace).Log()                     // with a logarithmic axis; Linear() is the other way
viz.Loss(trace).Titled("Loss at depth 2")           // under a title of one's own
err := viz.Loss(trace).WriteFile("loss.pdf")        // see the table
` + "```" + `

While a run lasts, ` + "`nb.Live(every)`" + ` follows it.
` + "`nb.Slider(label, from, to, start, draw)`" + ` draws a figure anew as the reader moves a number.

| ending of the name | what WriteFile saves | the program imports |
|---|---|---|
| .html | a page of its own, live, without a network | |
| .svg | a picture | ` + "`_ \"projectpenalty/viz/draw\"`" + ` |
| .pdf | a picture for papers, with text that can be searched | and ` + "`_ \"projectpenalty/viz/print\"`" + ` |
| .png | a picture at twice its size in pixels, on white | and ` + "`_ \"projectpenalty/viz/print\"`" + ` |
| .csv | the numbers, also those that are not drawn | |
| .json | the ECharts option | |

In the cells of a notebook the program penalty-draw, which ` + "`make lab`" + ` installs, stands in for
viz/draw.

| where it is opened | what shows |
|---|---|
| JupyterLab 4, Notebook 7 | the live chart of a cell that runs; in a saved notebook the picture; where that is trusted and has a network, the live chart, whose library comes from cdn.jsdelivr.net |
| a page of WriteFile | the live chart, without a network; the picture where scripts are off |
| ` + "`jupyter nbconvert --to html`" + ` | the live chart, whose library comes from cdn.jsdelivr.net; the picture where there is no network or scripts are off |
| GitHub | the picture, of a notebook that ran with ` + "`PENALTY_PICTURES=1`" + ` |
| VS Code | not tried; it renders ` + "`text/html`" + `, which holds the picture and the live chart |

The tests open JupyterLab and Notebook 7 (` + "`notebooks/machinery/tests/test_frontends.py`" + `) and HTML
exports (` + "`test_charts.py`" + `) in Chromium, and none of the others.

Values that are not finite, and values that a logarithmic axis cannot show, become gaps, and a note
in the chart says how many there are.

All pictures here are of real runs. ` + "`go run ./viz/cmd/gallery`" + ` makes this page and its pictures.

`
