package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"projectpenalty/mc"
	"projectpenalty/mc/cmd/internal/journal"
)

// A run is a method on a fold: what was chosen, and how it did.
type run struct {
	Method, Fold string
	// Data is the digest of the problem, Grid lists the candidates, Sources is mc.Sources: a run is
	// found again by all of them.
	Data, Grid, Sources string
	// Tried are the candidates with their errors on the validation part; Chosen is the best, Solver
	// what it prints as.
	Tried             []trial `json:",omitempty"`
	Chosen, Solver    string
	RMSE, MAE, NDCG10 float64
	// Seconds of the last fit.
	Seconds float64
}

// A trial has no RMSE if it diverged.
type trial struct {
	Parameters string
	RMSE       *float64
}

// grid is the candidates in a line.
func (m method) grid() string {
	var parts []string
	for _, c := range m.candidates {
		s := c.solver
		if s == nil {
			s = c.after(c.most)
		}
		parts = append(parts, fmt.Sprintf("%#v every %d", s, c.every))
	}
	return strings.Join(parts, "; ")
}

// runs are stored in a file, a line of JSON each.
type runs struct {
	file *os.File // to which runs are added; nil if none are
	done map[string]run
}

func (r run) key() string {
	return strings.Join([]string{r.Method, r.Fold, r.Data, r.Grid, r.Sources}, "\n")
}

// openRuns reads what is stored, and adds to it. A last line that was cut off, by a crash, is
// dropped. A file to which another process adds is refused.
func openRuns(name string) (*runs, error) {
	f, err := journal.Open(name)
	if err != nil {
		return nil, fmt.Errorf("ratings: %w", err)
	}
	s, whole, err := readRuns(name, f)
	if err == nil {
		err = os.Truncate(name, whole)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("ratings: %w", err)
	}
	s.file = f
	return s, nil
}

// storedRuns reads what is stored, none if there is no file, and changes nothing: another process
// may be adding to it.
func storedRuns(name string) (*runs, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return &runs{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ratings: %w", err)
	}
	defer f.Close()
	s, _, err := readRuns(name, f)
	if err != nil {
		return nil, fmt.Errorf("ratings: %w", err)
	}
	return s, nil
}

// readRuns returns the runs of whole lines, and where these end.
func readRuns(name string, f io.Reader) (s *runs, end int64, err error) {
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, 0, err
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	s = &runs{done: make(map[string]run)}
	for n, line := range bytes.Split(bytes.TrimSuffix(whole, []byte("\n")), []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		var r run
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, 0, fmt.Errorf("%s:%d: %w", name, n+1, err)
		}
		s.done[r.key()] = r
	}
	return s, int64(len(whole)), nil
}

func (s *runs) find(m method, fold string, p mc.Problem) (run, bool) {
	r, ok := s.done[run{Method: m.name, Fold: fold, Data: p.Digest(), Grid: m.grid(), Sources: mc.Sources()}.key()]
	return r, ok
}

// add stores a run, on the disk before it counts.
func (s *runs) add(r run) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("ratings: %w", err)
	}
	if _, err := s.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("ratings: %w", err)
	}
	if err := s.file.Sync(); err != nil {
		return fmt.Errorf("ratings: %w", err)
	}
	s.done[r.key()] = r
	return nil
}
