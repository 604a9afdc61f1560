package kernel

import "golang.org/x/sys/cpu"

var (
	avx512 = &instructionSet{name: "avx512", rows: 8, lanes: 8, vectors: 3}
	avx2   = &instructionSet{name: "avx2", rows: 4, lanes: 4, vectors: 3, wholeB: true}
)

// available returns the sets that this processor has, the best first.
func available() []*instructionSet {
	sets := []*instructionSet{portable}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasBMI2 {
		sets = append([]*instructionSet{avx2}, sets...)
		if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ {
			sets = append([]*instructionSet{avx512}, sets...)
		}
	}
	return sets
}
