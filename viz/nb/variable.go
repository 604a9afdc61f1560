package nb

import (
	"fmt"
	"regexp"
	"runtime"

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
	callers := make([]uintptr, 1000)
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers)])
	for {
		frame, more := frames.Next()
		if setters.MatchString(frame.Function) {
			return true
		}
		if !more {
			return false
		}
	}
}
