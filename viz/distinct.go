package viz

import (
	"fmt"
	"slices"
	"strings"
)

// Distinct returns the figures with charts of one title told apart, for figures side by side.
// Charts of one run each get the settings in which their runs differ, such as "Singular values:
// depth 2"; others get letters, "Loss (a)" and "Loss (b)". A chart of its own title stays as it is.
func Distinct(figures ...Figure) []Figure {
	figures = slices.Clone(figures)
	same := map[string][]int{}
	for i, f := range figures {
		if c, ok := f.(*Chart); ok && c.err == nil {
			same[c.title] = append(same[c.title], i)
		}
	}
	for title, places := range same {
		if len(places) == 1 {
			continue
		}
		charts := make([]*Chart, len(places))
		for k, i := range places {
			charts[k] = figures[i].(*Chart)
		}
		differ := settingsApart(charts)
		for k, i := range places {
			if differ == nil {
				figures[i] = charts[k].Titled(fmt.Sprintf("%s (%s)", title, letters(k)))
				continue
			}
			figures[i] = charts[k].Titled(title + ": " + differ[k])
		}
	}
	return figures
}

// letters numbers the charts a, b, …, z, aa, ab, ….
func letters(k int) string {
	if k < 26 {
		return string(rune('a' + k))
	}
	return letters(k/26-1) + letters(k%26)
}

// settingsApart are the settings in which the runs of the charts differ, in words; nil if they do
// not tell all of them apart.
func settingsApart(charts []*Chart) []string {
	settings := make([][]setting, len(charts))
	for k, c := range charts {
		if c.run == nil {
			return nil
		}
		settings[k] = parseSettings(c.run.Solver)
	}
	values := map[string]map[string]bool{}
	for _, list := range settings {
		for _, s := range list {
			if values[s.name] == nil {
				values[s.name] = map[string]bool{}
			}
			values[s.name][s.value] = true
		}
	}
	said, all := map[string]bool{}, make([]string, len(charts))
	for k, list := range settings {
		var parts []string
		for _, s := range list {
			if len(values[s.name]) > 1 {
				parts = append(parts, s.String())
			}
		}
		all[k] = strings.Join(parts, ", ")
		said[all[k]] = true
	}
	if len(said) < len(charts) || said[""] {
		return nil
	}
	return all
}
