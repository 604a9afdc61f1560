package sweep

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"projectpenalty/mc"
)

// kept is the checkpoint of a cell, runs/KEY.PROCESSOR in the folder of the sweep. Another kind of
// processor computes other bits. It begins the cell anew under a name of its own, and a process
// that comes back to the first kind goes on there.
type kept struct {
	prefix   string // the name without the processor
	interval time.Duration
	began    time.Time
	found    bool // the cell went on
}

// kept returns the checkpoint of a cell that begins. A negative interval means that there is none.
func (s store) kept(c Cell, interval time.Duration) *kept {
	k := &kept{prefix: filepath.Join(s.folder, runsFolder, c.Key()+"."), interval: interval, began: time.Now()}
	k.found = interval >= 0 && k.there()
	return k
}

// there reports whether the file may be there. If that cannot be told, reading it says why.
func (k *kept) there() bool {
	there, err := exists(k.file())
	return there || err != nil
}

func (k *kept) file() string {
	here := sha256.Sum256([]byte(mc.Processor()))
	return k.prefix + hex.EncodeToString(here[:6])
}

// solve goes on from the checkpoint, where the solver can.
func (k *kept) solve(ctx context.Context, solver mc.Solver, p mc.Problem) (*mc.Result, error) {
	if k.interval < 0 {
		return solver.Solve(ctx, p)
	}
	result, err := solver.Solve(ctx, p, mc.Checkpoint{File: k.file(), Interval: k.interval})
	if errors.Is(err, mc.ErrNotResumable) {
		return solver.Solve(ctx, p)
	}
	return result, err
}

// remove deletes what there is of a cell that has ended, on whatever processor. A quick cell has
// none, unless a limit cut it short: looking for its file costs less than listing the folder.
func (k *kept) remove() error {
	if k.interval < 0 || !k.found && time.Since(k.began) < k.interval && !k.there() {
		return nil
	}
	folder, key := filepath.Split(k.prefix)
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if !strings.HasPrefix(strings.TrimPrefix(e.Name(), "."), key) { // the dot is of a file not yet whole
			continue
		}
		if gone := os.Remove(filepath.Join(folder, e.Name())); !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	if err != nil {
		return fmt.Errorf("sweep: %w: %w", mc.ErrCheckpoint, err)
	}
	return nil
}
