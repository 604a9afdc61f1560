package sweep

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"projectpenalty/mc"
)

// frozen is the specification as a folder keeps it.
type frozen struct {
	Name     string       `json:"name"`
	Hash     string       `json:"hash"`
	Cells    int          `json:"cells"`
	Version  string       `json:"version"`
	Problem  string       `json:"problem"`
	Solver   string       `json:"solver"`
	Measures []string     `json:"measures,omitempty"`
	Code     string       `json:"code,omitempty"`
	Axes     []frozenAxis `json:"axes"`
	// Sources is mc.Sources and Files mc.SourceFiles; version 0.1 kept neither.
	Sources string            `json:"sources,omitempty"`
	Files   map[string]string `json:"files,omitempty"`
}

type frozenAxis struct {
	Name   string        `json:"name"`
	Levels []frozenLevel `json:"levels"`
}

type frozenLevel struct {
	Label string   `json:"label"`
	Set   []string `json:"set"`
}

func (s Spec) freeze() frozen {
	f := frozen{
		Name: s.Name, Cells: s.Len(), Version: mc.Version, Axes: []frozenAxis{},
		Sources: mc.Sources(), Files: mc.SourceFiles(),
		Problem: mc.Describe(s.Problem), Solver: mc.Describe(s.Solver), Code: s.Code,
	}
	for _, m := range s.Measures {
		f.Measures = append(f.Measures, m.Name)
	}
	for _, a := range s.Axes {
		axis := frozenAxis{Name: a.Name}
		for _, l := range a.Levels {
			level := frozenLevel{Label: l.Label}
			for _, set := range l.Set {
				level.Set = append(level.Set, set.String())
			}
			axis.Levels = append(axis.Levels, level)
		}
		f.Axes = append(f.Axes, axis)
	}
	f.Hash = f.hash()
	return f
}

func parseFrozen(name string, text []byte) (f frozen, err error) {
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fmt.Errorf("sweep: %s: %w", name, err)
	}
	if hash := f.hash(); hash != f.Hash {
		return f, fmt.Errorf("sweep: %s: its hash is %s, but its content has %s: it was changed after the "+
			"sweep began",
			name, f.Hash, hash)
	}
	return f, nil
}

func (f frozen) hash() string {
	f.Hash = ""
	text, err := json.Marshal(f)
	if err != nil {
		panic(err) // strings and ints always marshal
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}

// within returns why f is not a part of g, which may have more levels; empty if it is.
func (f frozen) within(g frozen) string {
	switch {
	case f.Sources != g.Sources:
		return f.code(g)
	case f.Code != g.Code:
		return fmt.Sprintf("its Spec.Code is %q", g.Code)
	case f.Name != g.Name:
		return fmt.Sprintf("it holds the sweep %q", g.Name)
	case f.Problem != g.Problem:
		return fmt.Sprintf("its problem is %s", g.Problem)
	case f.Solver != g.Solver:
		return fmt.Sprintf("its solver is %s", g.Solver)
	case !slices.Equal(f.Measures, g.Measures):
		return fmt.Sprintf("its measures are %q", g.Measures)
	case len(f.Axes) != len(g.Axes):
		return fmt.Sprintf("it has %d axes, not %d", len(g.Axes), len(f.Axes))
	}
	for i, a := range f.Axes {
		b := g.Axes[i]
		if a.Name != b.Name {
			return fmt.Sprintf("its axis %d is %q, not %q", i, b.Name, a.Name)
		}
		levels := map[string][]string{}
		for _, l := range b.Levels {
			levels[l.Label] = l.Set
		}
		for _, l := range a.Levels {
			if set, ok := levels[l.Label]; !ok || !slices.Equal(set, l.Set) {
				return fmt.Sprintf("its axis %q lacks the level %q (%s)", a.Name, l.Label, l.Set)
			}
		}
	}
	return ""
}

// code says how the code behind g differs from that of f.
func (f frozen) code(g frozen) string {
	if g.Sources == "" {
		return fmt.Sprintf("version %s of mc made it, and this is version %s", g.Version, f.Version)
	}
	all := map[string]string{}
	maps.Copy(all, f.Files)
	maps.Copy(all, g.Files)
	maps.DeleteFunc(all, func(name, _ string) bool { return f.Files[name] == g.Files[name] })
	names, more := slices.Sorted(maps.Keys(all)), ""
	if n := len(names) - 5; n > 0 {
		names, more = names[:5], fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("other code of mc made it (sources %s, these are %s: they differ in %s%s)",
		g.Sources, f.Sources, strings.Join(names, ", "), more)
}

func (f frozen) write(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "\t")
	return out.Encode(f)
}
