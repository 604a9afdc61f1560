package nb

import (
	"errors"
	"fmt"
	"html"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"projectpenalty/viz"
	"projectpenalty/viz/internal/echarts"
)

// Pictures is the environment variable that, if it is not empty, makes Show store pictures alone:
// for notebooks that are published where scripts are stripped, as on GitHub.
const Pictures = "PENALTY_PICTURES"

// Show shows figures in the output of the cell, one below the other. What is stored in the notebook
// is a picture and a script that puts the live chart in its place; the library that draws it comes
// once per cell and is not stored. A figure that could not be drawn shows why.
func Show(figures ...viz.Figure) {
	if !gonbui.IsNotebook {
		for _, f := range figures {
			describe(os.Stdout, f)
		}
		return
	}
	if os.Getenv(Pictures) == "" {
		go bringLibrary() // while pictures are drawn
	}
	for _, f := range viz.Distinct(figures...) {
		if os.Getenv(Pictures) != "" {
			svg, err := f.SVG()
			if err != nil {
				complain(err)
				continue
			}
			display(map[protocol.MIMEType]any{"image/svg+xml": svg, protocol.MIMETextPlain: alt(f)})
			continue
		}
		fragment, err := f.HTML()
		if err != nil {
			complain(err)
			continue
		}
		bringLibrary()
		displayHTML(fragment)
	}
	if os.Getenv(Pictures) == "" {
		bringLibrary() // which removes it again, also where no figure could be drawn
	}
	if err := echarts.Missing(); err != nil {
		once(err)
	}
	gonbui.Sync()
}

// once shows an error once a cell.
var once = func() func(error) {
	var first sync.Once
	return func(err error) { first.Do(func() { complain(err) }) }
}()

// alt returns the words that stand for a figure where it is not seen.
func alt(f viz.Figure) string {
	if d, ok := f.(interface{ Alt() string }); ok {
		return d.Alt()
	}
	return "figure"
}

// describe says in words what a notebook would show.
func describe(w io.Writer, f viz.Figure) {
	if err := f.Err(); err != nil {
		fmt.Fprintln(w, err)
		return
	}
	if c, ok := f.(*viz.Chart); ok {
		fmt.Fprintln(w, c.Alt())
		return
	}
	fmt.Fprintln(w, "a page of figures: run this in a notebook, or save it with WriteFile")
}

// complain shows an error where the figure would be.
func complain(err error) { displayHTML(alert(err)) }

func alert(err error) string {
	return `<div role="alert" style="border-left:4px solid #D55E00;padding:4px 12px">` +
		html.EscapeString(err.Error()) + `</div>`
}

// bringLibrary hands ECharts to the front end, once a cell, as a transient output: it is replaced
// by nothing, so that the saved notebook does not hold it.
var bringLibrary = sync.OnceFunc(func() {
	id := "penalty-library-" + gonbui.UniqueId()
	gonbui.UpdateHTML(id, viz.Library())
	gonbui.Sync()
	// The front end must have run the script before it goes; charts wait for it in any case.
	time.Sleep(150 * time.Millisecond)
	gonbui.UpdateHTML(id, "")
})

// final is the error of what left nothing to go on with. [Check] ends the cell with it, even if
// that was interrupted.
func final(err error) error {
	return errors.New(strings.ReplaceAll(err.Error(), errInterrupted.Error(), "interrupted"))
}

// Check deals with the error of a run as a notebook should: nothing for nil; for a run that was
// interrupted or diverged a note, after which the cell goes on with what there is; any other error
// ends the cell, and the line of the cell that called stands below it.
func Check(err error) {
	switch {
	case err == nil:
	case partial(err):
		if gonbui.IsNotebook {
			complain(err)
			gonbui.Sync()
		} else {
			fmt.Println(err)
		}
	default:
		fmt.Fprintf(os.Stderr, "%v\n%s\n", err, line())
		os.Exit(1)
	}
}
