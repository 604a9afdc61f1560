package mc

import "fmt"

// A Schedule is a factor that changes with the step, by which a learning rate or λ is multiplied.
type Schedule interface {
	// Factor returns the factor for step number step (from 0) of a run of at most steps.
	Factor(step, steps int) float64
}

// A WatchfulSchedule depends on how the objective has fallen so far. [DeepMF] takes one for its
// learning rate, not for λ, which the objective contains.
type WatchfulSchedule interface {
	Schedule
	// Watch returns the state of one run.
	Watch() ScheduleWatcher
	// WatchesTest reports whether the objective is the test error, and not that of training.
	WatchesTest() bool
}

// A ScheduleWatcher is the state of a [WatchfulSchedule] in one run.
type ScheduleWatcher interface {
	// Next returns the factor for the next step, and records the objective before that step, which
	// affects the factors of later steps.
	Next(objective float64) float64
}

// watchful refuses a schedule that watches the objective where none can be watched.
func watchful(field string, s Schedule) error {
	if _, ok := s.(WatchfulSchedule); ok {
		return fmt.Errorf("mc: %s is %#v; it must not depend on the objective", field, s)
	}
	return nil
}
