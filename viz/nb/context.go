package nb

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui"

	"projectpenalty/mc"
	"projectpenalty/viz/internal/echarts"
)

// Context returns the context of the cell: it ends when the cell is interrupted, so that a solver
// returns what it has, and when the kernel is gone.
func Context() context.Context { return cell() }

var cell = sync.OnceValue(func() context.Context {
	if gonbui.IsNotebook {
		compare()
		echarts.Warm() // a run is usually shown
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	parent := os.Getppid()
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-interrupted:
				cancel(errInterrupted)
				if !gonbui.IsNotebook { // a second one ends the program
					signal.Stop(interrupted)
				}
				return
			case <-tick.C: // a cell whose kernel died is adopted by another process and would run for ever
				if gonbui.IsNotebook && os.Getppid() != parent {
					os.Exit(1)
				}
			}
		}
	}()
	return ctx
})

// errInterrupted is context.Canceled, in words for a reader of the notebook.
var errInterrupted = interruption{}

type interruption struct{}

func (interruption) Error() string        { return "interrupted: what follows shows the run up to here" }
func (interruption) Is(target error) bool { return target == context.Canceled }

// Interrupted reports whether the cell was interrupted: a verdict on partial runs is not valid.
func Interrupted() bool { return Context().Err() != nil }

func partial(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, mc.ErrDiverged)
}
