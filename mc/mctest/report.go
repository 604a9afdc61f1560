package mctest

import (
	"fmt"
	"strings"
	"testing"
)

// T is what the checks report to: a *testing.T, a *testing.B, a *rapid.T, or a [Report].
type T interface {
	Helper()
	Errorf(format string, args ...any)
}

// A Report collects failures where there is no test. The zero value is ready.
type Report struct {
	// Failures in the order in which they were found.
	Failures []string
}

// Helper does nothing.
func (r *Report) Helper() {}

// Errorf adds a failure.
func (r *Report) Errorf(format string, args ...any) {
	r.Failures = append(r.Failures, fmt.Sprintf(format, args...))
}

// String returns the failures, a line each, or "ok".
func (r *Report) String() string {
	if len(r.Failures) == 0 {
		return "ok"
	}
	return strings.Join(r.Failures, "\n")
}

// A subject is what is checked, and where to report to.
type subject struct {
	T
	name      string
	tolerance float64 // relative, on top of rounding
	failures  int
}

func newSubject(t T, what any) *subject { return &subject{T: t, name: fmt.Sprintf("%#v", what)} }

// failf reports a failure of the subject.
func (s *subject) failf(format string, args ...any) {
	s.Helper()
	s.failures++
	s.Errorf("%s: %s", s.name, fmt.Sprintf(format, args...))
}

// try runs a part of a check; a panic in it is a failure, and the other parts still run.
func (s *subject) try(part string, check func()) {
	s.Helper()
	defer func() {
		if r := recover(); r != nil {
			s.failf("%s: it panics: %v", part, r)
		}
	}()
	check()
}

// check runs a named check: as a subtest, which -run selects, where there are subtests.
func (s *subject) check(name string, check func(*subject)) {
	s.Helper()
	t, ok := s.T.(interface {
		Run(name string, f func(*testing.T)) bool
	})
	if !ok {
		s.try(name, func() { check(s) })
		return
	}
	t.Run(name, func(t *testing.T) {
		part := *s
		part.T, part.failures = t, 0
		part.try(name, func() { check(&part) })
		s.failures += part.failures
	})
}

// each is a named check at each place, up to the first that fails: one failure of a kind is enough.
func (s *subject) each(name string, places []place, check func(*subject, place)) {
	s.Helper()
	s.check(name, func(s *subject) {
		before := s.failures
		for _, at := range places {
			if s.try(name+" at "+at.name, func() { check(s, at) }); s.failures > before {
				return
			}
		}
	})
}
