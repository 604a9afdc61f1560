package nb

import (
	"context"
	"fmt"
	"html"
	"time"

	"github.com/janpfeifer/gonb/gonbui"

	"projectpenalty/mc"
)

// Compare compares a dozen methods on the observed entries within a time, as [mc.Compare] does, and
// shows a table that fills as methods end. Hints about the data stand above it. If the cell is
// interrupted, it returns what is known; before a method has ended, that ends the cell.
func Compare(o *mc.Observations, within time.Duration) *mc.Comparison {
	var show func(*mc.Comparison)
	id := ""
	if gonbui.IsNotebook {
		id = "penalty-compare-" + gonbui.UniqueId()
		show = func(c *mc.Comparison) { gonbui.UpdateHTML(id, tableHTML(standings(c), nil)) }
	}
	c, err := mc.Compare{Time: within}.Run(Context(), o, show)
	if id != "" {
		gonbui.UpdateHTML(id, "")
	}
	if err == nil {
		err = context.Cause(Context())
	}
	c = Must(c, err)
	for _, hint := range c.Hints {
		if gonbui.IsNotebook {
			displayHTML("<p>" + html.EscapeString(hint) + "</p>")
		} else {
			fmt.Println(hint)
		}
	}
	Table(standings(c))
	return c
}

// standings are the cells of a comparison. What kept a method from an error stands in the place of
// its interval; a single split has none.
func standings(c *mc.Comparison) [][]string {
	cells := [][]string{{"method", "held-out RMSE", "interval", "splits", "setting", "seconds per split"}}
	for _, s := range c.Standings {
		row := []string{s.Method, "", s.Note, "", s.Setting, ""}
		if s.Splits > 0 {
			row[1], row[3], row[5] = fmt.Sprintf("%.4g", s.RMSE), fmt.Sprint(s.Splits), fmt.Sprintf("%.2g", s.Seconds)
		}
		if s.Splits > 1 {
			row[2] = fmt.Sprintf("%.4g to %.4g (%.0f %%)", s.Lo, s.Hi, 100*s.Confidence)
		}
		cells = append(cells, row)
	}
	return cells
}
