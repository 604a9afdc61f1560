package sweep

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// Run runs the cells of the sweep that have no result yet, on all cores, and returns the results of the sweep. They are
// kept in the folder results/NAME below the working directory. It is Local{}.Run.
//
// The measures of a result are those of [mc.Metrics], Train, Test, RelativeError, EffectiveRank, NumericalRank,
// NuclearNorm and FrobeniusNorm, as far as the problem has them, the number of Steps, and the sweep's own.
func Run(ctx context.Context, spec Spec) (*Table, error) { return Local{}.Run(ctx, spec) }

// Local runs sweeps in this process. Its zero fields mean the defaults.
type Local struct {
	// Folder of the results. Default results/NAME.
	Folder string
	// Workers is the number of cells that run at once. Default GOMAXPROCS.
	Workers int
	// TimeLimit ends a cell that takes longer, as far as its solver looks at its context; that it did is recorded. Default
	// none.
	TimeLimit time.Duration
	// MemoryLimit, in bytes, ends a cell that holds more, as far as its solver looks at its context; that it did is
	// recorded. When the cells that run hold more than that on average, they run again one at a time, to find which it is.
	// Default none.
	MemoryLimit int64
	// Retry runs the cells again that failed, panicked or met a limit. Default: such a record stands.
	Retry bool
	// Progress is called after each result, one call at a time.
	Progress func(Progress)
	// Shard and Shards restrict the run to the cells i with i mod Shards = Shard, and leave gathering to [Gather]: a part
	// of the sweep for each process of a cluster. Default: the whole sweep.
	Shard, Shards int

	fs files
}

// Progress says how far a sweep is.
type Progress struct {
	// Done of Total cells have a result; Failed of them have none but the record of a failure.
	Done, Total, Failed int
	// Elapsed is the time since this run began, Left what remains at its pace.
	Elapsed, Left time.Duration
}

// String prints a line: 120/400 cells, 2 failed, 1m30s, 3m20s left.
func (p Progress) String() string {
	s := fmt.Sprintf("%d/%d cells", p.Done, p.Total)
	if p.Failed > 0 {
		s += fmt.Sprintf(", %d failed", p.Failed)
	}
	s += fmt.Sprintf(", %v", p.Elapsed.Round(time.Second))
	if p.Done < p.Total {
		s += fmt.Sprintf(", %v left", p.Left.Round(time.Second))
	}
	return s
}

func (s Spec) store(folder string) store {
	if folder == "" {
		folder = filepath.Join("results", s.Name)
	}
	return store{folder, disk{}}
}

// Run runs what is missing and returns the results of the sweep, in the order of its cells. A cell that panics, fails,
// diverges or takes too long has a record that says so, and the others go on. If ctx ends, the results so far are returned
// with its error; they are kept, and the next Run goes on from them. If a result cannot be written, the sweep ends
// with that error.
//
// Several processes may run one sweep in one folder: they may do the same work, and lose none.
func (l Local) Run(ctx context.Context, spec Spec) (*Table, error) {
	if l.Shards == 0 {
		l.Shards = 1
	}
	if l.Workers == 0 {
		l.Workers = runtime.GOMAXPROCS(0)
	}
	switch {
	case l.Workers < 0:
		return nil, fmt.Errorf("sweep: Local.Workers is %d; it must be at least 1, or 0 for all cores", l.Workers)
	case l.TimeLimit < 0:
		return nil, fmt.Errorf("sweep: Local.TimeLimit is %v; it must be positive, or 0 for none", l.TimeLimit)
	case l.MemoryLimit < 0:
		return nil, fmt.Errorf("sweep: Local.MemoryLimit is %d; it must be a number of bytes, or 0 for none", l.MemoryLimit)
	case l.Shards < 0 || l.Shard < 0 || l.Shard >= l.Shards:
		return nil, fmt.Errorf("sweep: Local.Shard is %d of %d; it must be from 0 to Shards−1", l.Shard, l.Shards)
	}
	s := spec.store(l.Folder)
	if l.fs != nil {
		s.fs = l.fs
	}
	if err := s.open(spec); err != nil {
		return nil, err
	}
	keys, err := spec.keys(l.Shard, l.Shards)
	if err != nil {
		return nil, err
	}
	c, err := s.read()
	if err != nil {
		return nil, err
	}
	progress := Progress{Total: len(keys)}
	var missing []int
	for i, k := range keys {
		row, ok := c.at[k]
		switch {
		case !ok, l.Retry && c.failure(row):
			missing = append(missing, l.Shard+i*l.Shards)
		default:
			progress.Done++
			if c.failure(row) {
				progress.Failed++
			}
		}
	}
	if len(missing) > 0 && l.Shards == 1 { // whoever hands out shards has checked
		if err := spec.Check(ctx); err != nil {
			return nil, err
		}
	}
	if len(missing) > 0 {
		if err = l.runCells(ctx, spec, s, missing, progress); ctx.Err() != nil && err == nil {
			err = fmt.Errorf("sweep: %q: %w", spec.Name, context.Cause(ctx))
		}
		var again error
		if c, again = s.read(); again != nil && err == nil {
			err = again
		}
		if again != nil {
			return nil, err
		}
	}
	if l.Shards == 1 && err == nil {
		err = s.gather(keys)
	}
	c.specified(spec.freeze())
	t := c.only(keys)
	c.complete(t.rows)
	if l.Shards > 1 { // a part: it cannot be complete
		c.cells = len(keys)
	}
	return t, err
}

// runCells runs the cells and writes their records.
func (l Local) runCells(ctx context.Context, spec Spec, s store, cells []int, progress Progress) error {
	w, err := s.writer()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	type done struct {
		record *record
		note   note
	}
	next, results := make(chan int), make(chan done, l.Workers)
	go func() {
		defer close(next)
		for _, i := range cells {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	guard, end := newGuard(l.MemoryLimit)
	defer end()
	var workers sync.WaitGroup
	for range l.Workers {
		workers.Go(func() {
			for i := range next {
				began := time.Now()
				cell := spec.At(i)
				r, stack, err := guard.run(ctx, func(ctx context.Context) (*record, string, error) { return cell.run(ctx, spec.Axes, l.TimeLimit) })
				if errors.Is(err, errMemory) {
					r, err = overMemory(cell, spec.Axes, l.MemoryLimit)
				}
				if err != nil {
					continue // ctx has ended
				}
				results <- done{r, note{r.key.String(), time.Since(began).Seconds(), stack}}
			}
		})
	}
	go func() {
		workers.Wait()
		close(results)
	}()
	// One goroutine writes: whatever has come while the disk was busy goes into the next write.
	began, before := time.Now(), progress.Done
	var failure error
	for first := range results {
		batch := []done{first}
		for more := true; more && len(batch) < cap(results)+1; {
			select {
			case d, ok := <-results:
				if more = ok; ok {
					batch = append(batch, d)
				}
			default:
				more = false
			}
		}
		if failure != nil {
			continue
		}
		records := make([]*record, len(batch))
		for i, d := range batch {
			records[i] = d.record
		}
		if failure = w.write(records...); failure != nil {
			stop(failure)
			continue
		}
		for _, d := range batch {
			w.note(d.note)
			progress.Done++
			if d.record.failure() {
				progress.Failed++
			}
			progress.Elapsed = time.Since(began)
			progress.Left = progress.Elapsed / time.Duration(progress.Done-before) * time.Duration(progress.Total-progress.Done)
			if l.Progress != nil {
				l.Progress(progress)
			}
		}
	}
	if err := w.close(); failure == nil && err != nil {
		failure = fmt.Errorf("sweep: %w", err)
	}
	return failure
}

// Results returns the results of the sweep that a folder has, in the order of its cells, and runs
// nothing: [Table.Missing] counts what is missing. An empty folder name means that of [Run].
func Results(spec Spec, folder string) (*Table, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	s := spec.store(folder)
	keys, err := spec.keys(0, 1)
	if err != nil {
		return nil, err
	}
	c := newColumns()
	if exists(filepath.Join(s.folder, specFile)) {
		if err := s.check(spec); err != nil && !errors.Is(err, errExtends) {
			return nil, err
		}
		if c, err = s.read(); err != nil {
			return nil, err
		}
	}
	c.specified(spec.freeze())
	t := c.only(keys)
	c.complete(t.rows)
	return t, nil
}

// Read returns all results in a folder, in the order of the sweep's cells, also while it is being filled.
func Read(folder string) (*Table, error) {
	s := store{folder, disk{}}
	f, err := s.frozen()
	if err != nil {
		return nil, err
	}
	c, err := s.read()
	if err != nil {
		return nil, err
	}
	c.specified(f)
	t := c.table()
	t.rows = t.sorted()
	c.complete(t.rows)
	return t, nil
}
