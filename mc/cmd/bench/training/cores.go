//go:build linux

package main

import (
	"fmt"
	"log"
	"runtime"
	"time"
)

// cores compares a matrix product on two cores with that on one, in elapsed time.
func (b *bench) cores() {
	if b.all.Count() < 2 {
		log.Print("bench: there is one core: no matrix product on two")
		return
	}
	if err := pin(&b.all); err != nil {
		log.Fatalf("bench: %v", err)
	}
	defer func() {
		runtime.GOMAXPROCS(1)
		if err := pin(&b.core); err != nil {
			log.Fatalf("bench: %v", err)
		}
	}()
	var sizes []string
	var columns [][]sample
	for _, d := range []int{512, 1000} {
		if b.quick && d > 512 {
			continue
		}
		sizes = append(sizes, fmt.Sprintf("%d×%d", d, d), fmt.Sprintf("%d×%d, f32", d, d))
		columns = append(columns, b.onCores(productOf[float64](d)), b.onCores(productOf[float32](d)))
	}
	b.printf("### Matrix product on two cores, ms elapsed\n\n")
	b.table(sizes, columns, 1e3)
	b.against(sizes, columns, "two goroutines", "one goroutine")
}

// onCores times f by one goroutine and by two, in turns.
func (b *bench) onCores(f func()) []sample {
	on := func(name string, cores int) contender {
		return contender{name: name, stop: func() {}, run: func(n int) []float64 {
			runtime.GOMAXPROCS(cores)
			seconds := make([]float64, n)
			for i := range seconds {
				begin := time.Now()
				f()
				seconds[i] = time.Since(begin).Seconds()
			}
			return seconds
		}}
	}
	return turns([]contender{on("one goroutine", 1), on("two goroutines", 2)}, b.budget()/2)
}
