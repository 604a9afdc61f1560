package viz

import (
	"fmt"
	"math"
	"strings"

	"projectpenalty/viz/internal/words"
)

// alt says where each line begins and ends, unless the plot has a summary of its own.
func (p plot) alt(notes []string) string {
	const most = 8
	var b strings.Builder
	if drawn := p.y.name + " over " + p.x.name; strings.EqualFold(p.title, drawn) {
		b.WriteString(plain(p.title) + ".")
	} else {
		fmt.Fprintf(&b, "%s: %s.", plain(p.title), drawn)
	}
	said := p.summary
	if said == nil {
		for _, s := range p.series {
			if t := s.course(p.x.log); t != "" {
				said = append(said, t)
			}
		}
	}
	for _, t := range said[:min(most, len(said))] {
		b.WriteString(" " + t)
	}
	if len(said) > most {
		fmt.Fprintf(&b, " And %d more.", len(said)-most)
	}
	for _, n := range notes {
		b.WriteString(" " + words.Title(n) + ".")
	}
	return sanitised(b.String(), 2000)
}

// course says from where to where a line goes, over the points that are numbers; nothing if there
// are none.
func (s series) course(log bool) string {
	first, last, lo, hi := -1, -1, math.Inf(1), math.Inf(-1)
	for k, y := range s.y {
		if math.IsNaN(y) || math.IsInf(y, 0) || log && s.x[k] <= 0 {
			continue
		}
		if first < 0 {
			first = k
		}
		last, lo, hi = k, min(lo, y), max(hi, y)
	}
	switch {
	case s.kind == reference || first < 0:
		return ""
	case first == last:
		return fmt.Sprintf("%s is %s at %s.", plain(s.name), short(s.y[first]), short(s.x[first]))
	}
	y := func(v float64) string { return shortTo(tellApart(lo, hi, 2, 3), v) }
	return fmt.Sprintf("%s goes from %s at %s to %s at %s, between %s and %s.",
		plain(s.name), y(s.y[first]), short(s.x[first]), y(s.y[last]), short(s.x[last]), y(lo), y(hi))
}
