module projectpenalty

go 1.26

require (
	golang.org/x/sys v0.29.0
	gonum.org/v1/gonum v0.17.0
	pgregory.net/rapid v1.3.0
)

require github.com/google/go-cmp v0.7.0
