package viz

// A Line is one quantity over another, such as a measure over the steps of a run.
type Line struct {
	Name string
	// X increases; Y is as long. A value of Y that is not finite is a gap.
	X, Y []float64
}

// checked reports what a line lacks, for the exported function of the given name.
func (l Line) checked(function string) *Chart {
	if len(l.X) == 0 || len(l.X) != len(l.Y) {
		return failed("viz: %s: line %q has %d values of X and %d of Y; their numbers must be equal and positive",
			function, plain(l.Name), len(l.X), len(l.Y))
	}
	return nil
}

// positive reports whether the lines suit a logarithmic axis: all finite values are positive and
// span more than a factor of ten.
func positive(lines []Line) bool {
	var s span
	for _, l := range lines {
		for _, y := range l.Y {
			s.add(y)
		}
	}
	return s.wide()
}
