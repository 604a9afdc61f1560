package sweep

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/metrics"
	"sync"
	"time"
)

// errMemory is the cause of stopping a cell that may hold too much memory.
var errMemory = errors.New("the memory limit of a cell")

// A guard holds cells to a memory limit. Go cannot attribute memory to goroutines. So when the
// running cells hold more than the limit on average, the guard stops all of them and runs them
// again one at a time, which finds the cell beyond the limit.
type guard struct {
	limit int64
	turn  sync.RWMutex // a cell that runs alone has the write lock

	mu      sync.Mutex
	base    int64 // what the process holds without cells
	running map[int]context.CancelCauseFunc
	next    int
}

// newGuard returns a guard, nil without a limit, and a function that ends it.
func newGuard(limit int64) (*guard, func()) {
	if limit == 0 {
		return nil, func() {}
	}
	g := &guard{limit: limit, running: map[int]context.CancelCauseFunc{}}
	g.rebase()
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				g.look()
			case <-done:
				return
			}
		}
	}()
	return g, func() { close(done) }
}

func (g *guard) rebase() {
	runtime.GC()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.base = live()
}

func (g *guard) look() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := int64(len(g.running)); n > 0 && live()-g.base > g.limit*n {
		for _, stop := range g.running {
			stop(errMemory)
		}
	}
}

// live returns the bytes in use after the last garbage collection.
func live() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// An attempt runs a cell, and returns its record and the stack of a panic.
type attempt = func(context.Context) (*record, string, error)

// run runs a cell, and runs it again alone if need be.
func (g *guard) run(ctx context.Context, cell attempt) (*record, string, error) {
	if g == nil {
		return cell(ctx)
	}
	g.turn.RLock()
	r, stack, err := g.watched(ctx, cell)
	g.turn.RUnlock()
	if !errors.Is(err, errMemory) {
		return r, stack, err
	}
	g.turn.Lock()
	defer g.turn.Unlock()
	g.rebase()
	return g.watched(ctx, cell)
}

func (g *guard) watched(ctx context.Context, cell attempt) (*record, string, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	g.mu.Lock()
	id := g.next
	g.next++
	g.running[id] = stop
	g.mu.Unlock()
	defer func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.running, id)
	}()
	return cell(ctx)
}

// overMemory returns the record of a cell that held more than the limit when it ran alone.
func overMemory(c Cell, axes []Axis, limit int64) (*record, error) {
	r, err := c.record(axes)
	if err != nil {
		return nil, err
	}
	r.status, r.err = outOfMemory, fmt.Sprintf("the cell held more than %d MB", limit/1e6)
	return r, nil
}
