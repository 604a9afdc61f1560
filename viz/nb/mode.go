package nb

import "os"

// Full is the environment variable that, if it is not empty, makes notebooks run in full: more
// seeds, the whole grid.
const Full = "PENALTY_FULL"

// Mode returns the value for the mode in which the notebook runs: quick, for a reader who waits, or
// full, if the environment variable PENALTY_FULL is set, as by make reproduce FULL=1.
func Mode[T any](quick, whole T) T {
	if full() {
		return whole
	}
	return quick
}

func full() bool { return os.Getenv(Full) != "" }
