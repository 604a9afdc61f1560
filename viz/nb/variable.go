package nb

import (
	"fmt"
	"regexp"
	"runtime"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
)

// notForVariables returns an error if the function of the given name and result is called to set a
// package variable of a notebook. Such variables are computed again in every cell, so that a run
// would start, and be shown, under a cell that did not ask for it.
func notForVariables(name, result string) error {
	if !gonbui.IsNotebook || !settingVariables() {
		return nil
	}
	return fmt.Errorf("nb: %s is called by a variable above %%%%, which Go computes again in every cell. "+
		"Remove it with %%rm and its name, and write a function, which cells call below %%%%:\n\n"+
		"\tfunc fit() %s { return nb.%s(…) }", name, result, name)
}

// setters are the functions that set package variables, and those called init.
var setters = regexp.MustCompile(`^main\.init(\.[0-9]+)?$`)

func settingVariables() bool {
	for frame := range callers {
		if setters.MatchString(frame.Function) {
			return true
		}
	}
	return false
}

// line returns the line of package main that has called, as file:line. The kernel writes the cell
// and its line beside it.
func line() string {
	for frame := range callers {
		if strings.HasPrefix(frame.Function, "main.") {
			return fmt.Sprintf("%s:%d", frame.File, frame.Line)
		}
	}
	return ""
}

// callers yields the frames of the stack, the innermost first.
func callers(yield func(runtime.Frame) bool) {
	counters := make([]uintptr, 1000)
	frames := runtime.CallersFrames(counters[:runtime.Callers(1, counters)])
	for more := true; more; {
		var frame runtime.Frame
		if frame, more = frames.Next(); !yield(frame) {
			return
		}
	}
}
