package sweep

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A Plan counts the cells of a sweep that have run and those that have not.
type Plan struct {
	// Cells of the sweep. Done counts those with a record, Failed the records of failures.
	Cells, Done, Failed int
	// Missing lists the indices of the cells without a record.
	Missing []int
	// Mean time of a cell so far; 0 if none has run.
	Mean time.Duration
}

// PlanOf returns the plan of a sweep in a folder, and changes nothing. An empty name means the
// folder of [Run].
func PlanOf(spec Spec, folder string) (Plan, error) {
	s := spec.store(folder)
	if err := spec.Validate(); err != nil {
		return Plan{}, err
	}
	keys, err := spec.keys(0, 1)
	if err != nil {
		return Plan{}, err
	}
	c, err := s.found(spec)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Cells: len(keys), Mean: s.mean()}
	for i, k := range keys {
		row, ok := c.at[k]
		if !ok {
			p.Missing = append(p.Missing, i)
			continue
		}
		p.Done++
		if c.failure(row) {
			p.Failed++
		}
	}
	return p, nil
}

// Left estimates the time of the missing cells on a number of workers, at least 1. It returns false
// if no cell has run.
func (p Plan) Left(workers int) (time.Duration, bool) {
	workers = max(workers, 1)
	rounds := (len(p.Missing) + workers - 1) / workers
	return time.Duration(rounds) * p.Mean, p.Mean > 0
}

// mean returns the mean time of a cell over all logs of the folder.
func (s store) mean() time.Duration {
	runs, err := os.ReadDir(filepath.Join(s.folder, runsFolder))
	if err != nil {
		return 0
	}
	sum, n := 0.0, 0
	for _, run := range runs {
		if !strings.HasSuffix(run.Name(), logSuffix) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(s.folder, runsFolder, run.Name()))
		if err != nil {
			continue
		}
		lines := bufio.NewScanner(bytes.NewReader(text))
		lines.Buffer(nil, maxLine)
		for lines.Scan() {
			var line note
			if json.Unmarshal(lines.Bytes(), &line) == nil {
				sum += line.Seconds
				n++
			}
		}
	}
	if n == 0 {
		return 0
	}
	return time.Duration(sum / float64(n) * float64(time.Second))
}
