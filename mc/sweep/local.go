package sweep

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"projectpenalty/mc"
)

// Run runs the cells of the sweep that have no result yet, on all cores, and returns the results of
// the sweep. It keeps them in the folder results/NAME below the working directory. It is
// Local{}.Run.
//
// The measures of a result are those of [mc.Metrics] as far as the problem has them (Train, Test,
// RelativeError, EffectiveRank, NumericalRank, NuclearNorm, FrobeniusNorm), the number of Steps,
// and the measures of the sweep.
func Run(ctx context.Context, spec Spec) (*Table, error) { return Local{}.Run(ctx, spec) }

// Local runs sweeps in this process. Zero fields mean the documented defaults.
type Local struct {
	// Folder of the results. Default results/NAME.
	Folder string
	// Workers is the number of cells that run at once. Default GOMAXPROCS.
	Workers int
	// TimeLimit stops a cell that takes longer, if its solver observes its context. The record says
	// so. Default: no limit.
	TimeLimit time.Duration
	// MemoryLimit in bytes stops a cell that holds more, if its solver observes its context. The
	// record says so. When the running cells hold more than that on average, they run again one at
	// a time, to find the one beyond the limit. Default: no limit.
	MemoryLimit int64
	// Checkpoint is the interval at which a cell that takes longer is kept, so that the next Run
	// goes on within it, a kill -9 included, and computes the same bits. Default 30 s; negative:
	// never. Solvers that an [mc.Checkpoint] refuses begin anew.
	Checkpoint time.Duration
	// Retry runs cells again that failed, panicked or met a limit. By default their records stand.
	Retry bool
	// Progress is called after each result, one call at a time.
	Progress func(Progress)
	// Shard and Shards restrict the run to the cells i with i mod Shards = Shard, a part for each
	// process of a cluster. [Gather] then merges the results. Default: the whole sweep.
	Shard, Shards int

	fs files
}

// Progress says how far a sweep has come.
type Progress struct {
	// Done of Total cells have a record; Failed counts the records of failures.
	Done, Total, Failed int
	// Elapsed is the time since this run began, Left the estimate for the rest.
	Elapsed, Left time.Duration
}

// String returns a line such as "120/400 cells, 2 failed, 1m30s, 3m20s left".
func (p Progress) String() string {
	s := fmt.Sprintf("%d/%d cells", p.Done, p.Total)
	if p.Failed > 0 {
		s += fmt.Sprintf(", %d failed", p.Failed)
	}
	digit := time.Second
	if p.Elapsed < 10*time.Second {
		digit = time.Second / 10
	}
	s += fmt.Sprintf(", %v", p.Elapsed.Round(digit))
	if p.Done < p.Total {
		s += fmt.Sprintf(", %v left", p.Left.Round(time.Second))
	}
	return s
}

// Run runs the missing cells and returns the results of the sweep in the order of its cells. A cell
// that panics, fails, diverges or takes too long has a record that says so, and the others
// continue. If ctx ends, Run returns the results so far with the error of ctx; they are kept, and
// the next Run continues, also within the cells that were under way. If a result or a checkpoint
// cannot be written, or a checkpoint is of another run, the sweep ends with that error, joined to
// the error of ctx if that has ended too. If the results cannot be read, Run returns no table. A
// folder that cannot be written is enough if it has all results.
//
// Several processes may run one sweep in one folder. They may repeat work, but lose none.
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
		return nil, fmt.Errorf("sweep: Local.MemoryLimit is %d; it must be a number of bytes, or 0 for none",
			l.MemoryLimit)
	case l.Shards < 0 || l.Shard < 0 || l.Shard >= l.Shards:
		return nil, fmt.Errorf("sweep: Local.Shard is %d of %d; it must be from 0 to Shards−1", l.Shard, l.Shards)
	}
	if l.Checkpoint == 0 {
		l.Checkpoint = 30 * time.Second
	}
	s := spec.store(l.Folder)
	if l.fs != nil {
		s.fs = l.fs
	}
	opened := s.open(spec)
	// A folder that cannot be written may have all results.
	if opened != nil && !(errors.Is(opened, errShut) && s.check(spec) == nil) {
		return nil, opened
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
	if len(missing) > 0 && opened != nil {
		return nil, opened
	}
	if len(missing) > 0 && l.Shards == 1 { // whoever hands out shards has checked
		if err := spec.Check(ctx); err != nil {
			return nil, err
		}
	}
	if len(missing) > 0 {
		if err = l.runCells(ctx, spec, s, missing, progress); ctx.Err() != nil {
			err = errors.Join(fmt.Errorf("sweep: %q: %w", spec.Name, context.Cause(ctx)), err)
		}
		var again error
		if c, again = s.read(); again != nil {
			return nil, errors.Join(err, again)
		}
	}
	if l.Shards == 1 && err == nil && opened == nil && (len(missing) > 0 || s.scattered()) {
		err = s.gather(keys)
	}
	t := c.of(spec.freeze(), keys)
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
	var lost error // the first failure of a checkpoint, also after ctx has ended
	var once sync.Once
	for range l.Workers {
		workers.Go(func() {
			for i := range next {
				began := time.Now()
				cell := spec.At(i)
				keep := s.kept(cell, l.Checkpoint)
				r, stack, err := guard.run(ctx, func(ctx context.Context) (*record, string, error) {
					return cell.run(ctx, spec.Axes, l.TimeLimit, keep)
				})
				if errors.Is(err, errMemory) {
					r, err = overMemory(cell, spec.Axes, l.MemoryLimit)
				}
				if err == nil {
					err = keep.remove()
				}
				if err != nil {
					if errors.Is(err, mc.ErrCheckpoint) {
						once.Do(func() { lost = err })
					}
					stop(err)
					continue
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
			perCell := progress.Elapsed / time.Duration(progress.Done-before)
			progress.Left = perCell * time.Duration(progress.Total-progress.Done)
			if l.Progress != nil {
				l.Progress(progress)
			}
		}
	}
	if failure == nil {
		failure = lost
	}
	if err := w.close(); failure == nil && err != nil {
		failure = fmt.Errorf("sweep: %w", err)
	}
	return failure
}

// Results returns the results of the sweep in a folder, in the order of its cells, without running
// any. [Table.Missing] counts the missing cells. An empty folder name means the folder of [Run].
func Results(spec Spec, folder string) (*Table, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	s := spec.store(folder)
	keys, err := spec.keys(0, 1)
	if err != nil {
		return nil, err
	}
	c, err := s.found(spec)
	if err != nil {
		return nil, err
	}
	return c.of(spec.freeze(), keys), nil
}

// Read returns all results in a folder, in the order of its sweep's cells, even while a sweep fills
// it.
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
