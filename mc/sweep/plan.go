package sweep

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// mostCells bounds the cells of a process, which holds all their keys in memory.
const mostCells = 1e8

// keys returns the keys of the cells shard, shard+shards, shard+2·shards and so on. Two cells with
// the same key are an error.
func (s Spec) keys(shard, shards int) ([]key, error) {
	n := (s.Len() - shard + shards - 1) / shards
	if n > mostCells {
		return nil, fmt.Errorf("sweep: %q has %d cells in a process; it must be at most %d: run shards, or "+
			"a part of the axes",
			s.Name, n, int(mostCells))
	}
	keys := make([]key, n)
	var wg sync.WaitGroup
	errs := make([]error, runtime.GOMAXPROCS(0))
	for w := range errs {
		wg.Go(func() {
			for i := w; i < n && errs[w] == nil; i += len(errs) {
				var c Cell
				if c, errs[w] = s.at(shard + i*shards); errs[w] == nil {
					keys[i], errs[w] = parseKey(c.Key())
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	seen := make(map[key]int, n)
	for i, k := range keys {
		if first, twice := seen[k]; twice {
			return nil, fmt.Errorf("sweep: cells %d and %d of %q are the same: a later axis overrides what "+
				"sets them apart, or both are the same with their defaults",
				shard+first*shards, shard+i*shards, s.Name)
		}
		seen[k] = i
	}
	return keys, nil
}

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
	c := newColumns()
	if exists(filepath.Join(s.folder, specFile)) {
		if err := s.check(spec); err != nil && !errors.Is(err, errExtends) {
			return Plan{}, err
		}
		if c, err = s.read(); err != nil {
			return Plan{}, err
		}
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

// Left estimates the time of the missing cells on a number of workers. It returns false if no cell
// has run.
func (p Plan) Left(workers int) (time.Duration, bool) {
	rounds := (len(p.Missing) + workers - 1) / workers
	return time.Duration(rounds) * p.Mean, p.Mean > 0
}

// mean returns the mean time of a cell over all logs of the folder.
func (s store) mean() time.Duration {
	logs, err := filepath.Glob(filepath.Join(s.folder, runsFolder, "*"+logSuffix))
	if err != nil {
		return 0
	}
	sum, n := 0.0, 0
	for _, name := range logs {
		text, err := os.ReadFile(name)
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
