package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// What becomes of a mutant.
const (
	invalid   = "does not compile"
	unreached = "not reached"
	survived  = "survived"
	noticed   = "noticed"
	endless   = "noticed, does not end"
)

type result struct {
	ID      string
	Verdict string
	By      string `json:",omitempty"`
	Code    string // digest of the package
	Tests   string // digest of the tests that looked at it
}

// results are kept in a file, a row each; the last row of a mutant counts.
type results struct {
	*os.File
	last map[string]result
}

func open(name string) (*results, error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(f)
	if err == nil && len(text) > 0 && text[len(text)-1] != '\n' { // cut off: the next row is not to go on there
		_, err = f.WriteString("\n")
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	k := &results{f, map[string]result{}}
	for row := range bytes.Lines(text) {
		var r result
		if json.Unmarshal(row, &r) == nil { // a row that was cut off is run again
			k.last[r.ID] = r
		}
	}
	return k, nil
}

// of returns what is known of a mutant, or nil if it must be run.
func (k *results) of(p *pack, m *mutant) *result {
	r, ok := k.last[m.id]
	if !ok || r.Code != p.code || r.Tests != p.tests && (r.Verdict == survived || r.Verdict == unreached) {
		return nil
	}
	return &r
}

func (k *results) add(p *pack, m *mutant, r result) error {
	r.ID, r.Code, r.Tests = m.id, p.code, p.tests
	k.last[m.id] = r
	row, err := json.Marshal(r)
	if err == nil {
		_, err = k.Write(append(row, '\n'))
	}
	return err
}

var position = regexp.MustCompile(`^(\S+?):\d+`)

// readSurvivors reads survivors.txt: a mutant as it is printed and on the next line, indented, what
// it is. The number of the line does not matter, nor does its absence.
func readSurvivors(name string) (map[string]string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	known := map[string]string{}
	id := ""
	for i, line := range strings.Split(string(text), "\n") {
		said := strings.TrimSpace(line)
		switch {
		case said == "" || line[0] == '#':
		case line[0] != ' ':
			id = position.ReplaceAllString(said, "$1")
		default:
			kind, why, _ := strings.Cut(said, ": ")
			if id == "" || why == "" || !slices.Contains([]string{"equivalent", "speed", "hole"}, kind) {
				return nil, fmt.Errorf("%s:%d: %q; it must be equivalent, speed or hole, and a colon and why",
					name, i+1, said)
			}
			known[id], id = said, ""
		}
	}
	return known, nil
}

func report(w io.Writer, packages []*pack, known map[string]string, kept *results) {
	fmt.Fprintf(w, "\n== noticed\n")
	var all, total int
	kinds := map[string]int{}
	for _, p := range packages {
		n := 0
		for _, m := range p.sampled {
			if v := kept.of(p, m).Verdict; v == noticed || v == endless {
				n++
			}
		}
		of := len(p.sampled)
		fmt.Fprintf(w, "%4d of %4d  %3.0f %%  %s\n", n, of, 100*float64(n)/float64(of), p.folder)
		all, total = all+n, total+of
	}
	percent := 100 * float64(all) / float64(total)
	fmt.Fprintf(w, "%4d of %4d  %3.0f %%  together\n\n== survivors\n", all, total, percent)
	for _, p := range packages {
		survivors := slices.SortedFunc(slices.Values(p.sampled), func(a, b *mutant) int {
			return cmp.Or(strings.Compare(a.file, b.file), a.start-b.start)
		})
		for _, m := range survivors {
			v := kept.of(p, m).Verdict
			if v == noticed || v == endless {
				continue
			}
			said := cmp.Or(known[m.id], "unclassified: "+v)
			kind, _, _ := strings.Cut(said, ":")
			kinds[kind]++
			fmt.Fprintf(w, "%s\n    %s\n", m, said)
		}
	}
	fmt.Fprintf(w, "\n== %d survivors: %d equivalent, %d speed, %d holes, %d unclassified\n", total-all,
		kinds["equivalent"], kinds["speed"], kinds["hole"], kinds["unclassified"])
}
