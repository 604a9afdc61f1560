// Package catalog lists every penalty, loss, optimiser, schedule, initialisation, measurement,
// watched quantity and solver of package mc, with the settings by which it is checked and the
// properties that are claimed of it. The surveys in mc/doc.go and mc/README.md are written from it.
// A test of mc/mctest runs the checks on all, and another names what is missing here.
package catalog

//go:generate go run ./generate

// An Entry is a type or function of package mc: its row in the surveys, and settings to check.
type Entry[T any] struct {
	// Name in package mc.
	Name string
	// Group under which doc.go lists it.
	Group string
	// Columns of its row in README's table, after the name.
	Columns []string
	// Cases are its settings.
	Cases []T
}

// cases returns the settings of all entries.
func cases[T any](entries []Entry[T]) []T {
	var all []T
	for _, e := range entries {
		all = append(all, e.Cases...)
	}
	return all
}
