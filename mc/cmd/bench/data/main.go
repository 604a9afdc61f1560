//go:build linux

// Command data measures how long data.Load takes for ratings in the form of MovieLens-25M, 25
// million lines made up from a seed, and how much memory, with pandas, polars and encoding/csv
// beside it.
//
//	go run ./mc/cmd/bench/data [-python .venv/bench-data/bin/python] [-o mc/benchmarks/data.md]
//
// Each reads the file in a process of its own, on one thread, in turns. Times are CPU times of
// reading; memory is the largest resident size of the whole process. The interpreter needs what
// requirements.txt names.
package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"projectpenalty/mc/cmd/bench/internal/peer"
	"projectpenalty/mc/cmd/internal/markdown"
	"projectpenalty/mc/data"
)

const (
	users, movies = 162_541, 59_047
	rounds        = 3
)

// own are the readers of this program.
var own = []struct {
	name string
	read func(path string) (count int, sum float64, err error)
}{
	{"data.Load", func(path string) (int, float64, error) {
		o, err := data.Load(path)
		if err != nil {
			return 0, 0, err
		}
		sum := 0.0
		for _, x := range o.Values() {
			sum += x
		}
		return o.Len(), sum, nil
	}},
	{"encoding/csv, no number read", func(path string) (int, float64, error) {
		f, err := os.Open(path)
		if err != nil {
			return 0, 0, err
		}
		defer f.Close()
		r := csv.NewReader(f)
		r.ReuseRecord = true
		for count := -1; ; count++ { // the header
			if _, err := r.Read(); errors.Is(err, io.EOF) {
				return count, 0, nil
			} else if err != nil {
				return 0, 0, err
			}
		}
	}},
}

// A measurement is of one reading.
type measurement struct {
	seconds float64
	bytes   int64
}

func main() {
	log.SetFlags(0)
	python := flag.String("python", ".venv/bench-data/bin/python", "interpreter that has pandas, polars and SciPy")
	script := flag.String("peer", "mc/cmd/bench/data/peer.py", "program that runs them")
	output := flag.String("o", "", "Markdown file to write the table to, besides the standard output")
	ratings := flag.Int("ratings", 25_000_095, "lines of the file")
	read := flag.String("read", "", "name of a reader of this program: read the file that is the argument, and "+
		"print what it took")
	flag.Parse()
	if *read != "" {
		if err := readOnce(*read, flag.Arg(0)); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := measure(*python, *script, *output, *ratings); err != nil {
		log.Fatal(err)
	}
}

// readOnce reads a file in this process.
func readOnce(name, path string) error {
	runtime.GOMAXPROCS(1)
	for _, o := range own {
		if o.name != name {
			continue
		}
		before, err := peer.CPUSeconds()
		if err != nil {
			return err
		}
		count, sum, err := o.read(path)
		if err != nil {
			return err
		}
		after, err := peer.CPUSeconds()
		if err != nil {
			return err
		}
		fmt.Println(after-before, count, sum, "Go", runtime.Version())
		return nil
	}
	return fmt.Errorf("data: there is no reader %q", name)
}

func measure(python, script, output string, ratings int) error {
	folder, err := os.MkdirTemp("", "bench-data")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "ratings.csv")
	size, sum, err := makeUp(path, ratings)
	if err != nil {
		return err
	}
	listed, err := exec.Command(python, script).Output()
	if err != nil {
		return fmt.Errorf("data: %s %s: %w", python, script, err)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	commands := map[string][]string{}
	var names []string
	for _, o := range own {
		names = append(names, o.name)
		commands[o.name] = []string{self, "-read", o.name, path}
	}
	for _, name := range strings.Split(strings.TrimSpace(string(listed)), "\n") {
		names = append(names, name)
		commands[name] = []string{python, script, name, path}
	}
	measured := map[string][]measurement{}
	versions := map[string]string{}
	for round := range rounds + 1 {
		for _, name := range names {
			m, version, err := run(commands[name], ratings, sum)
			if err != nil {
				return fmt.Errorf("data: %s: %w", name, err)
			}
			if round > 0 { // the first brings the file into memory
				measured[name] = append(measured[name], m)
			}
			versions[name] = version
		}
	}
	text := table(names, measured, versions, ratings, size)
	fmt.Print(text)
	if output != "" {
		return markdown.Save(output, text)
	}
	return nil
}

// run reads the file in a process, and checks the number and the sum of what it read, unless it
// read none.
func run(command []string, ratings int, sum float64) (measurement, string, error) {
	c := exec.Command(command[0], command[1:]...)
	c.Env = append(os.Environ(), "GOMAXPROCS=1", "POLARS_MAX_THREADS=1", "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1")
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return measurement{}, "", err
	}
	var m measurement
	var count int
	var got float64
	var package_, version string
	if _, err := fmt.Sscan(string(out), &m.seconds, &count, &got, &package_, &version); err != nil {
		return m, "", fmt.Errorf("%q: %w", out, err)
	}
	if count != ratings || got != sum && got != 0 {
		return m, "", fmt.Errorf("%d ratings of sum %v were read; the file has %d of sum %v", count, got, ratings, sum)
	}
	m.bytes = c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	return m, package_ + " " + version, nil
}

// makeUp writes ratings in the form of MovieLens-25M: by users and, of each, by films; half stars.
// It returns the size of the file and the sum of the ratings.
func makeUp(path string, ratings int) (size int64, sum float64, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	out := bufio.NewWriterSize(f, 1<<20)
	rng := rand.New(rand.NewPCG(25, 0))
	out.WriteString("userId,movieId,rating,timestamp\n")
	left := ratings
	films := make([]int, 0, movies)
	var line []byte
	for user := 1; user <= users && left > 0; user++ {
		n := left / (users + 1 - user)
		if user < users {
			n = min(max(1, int(float64(n)*rng.ExpFloat64())), movies/4, left)
		}
		films = films[:0]
		for len(films) < n {
			for range n + n/8 - len(films) + 1 {
				u := rng.Float64()
				films = append(films, int(movies*u*u)) // some films have more ratings than others
			}
			slices.Sort(films)
			films = slices.Compact(films)
		}
		for _, k := range rng.Perm(len(films))[n:] {
			films[k] = -1
		}
		at := 789_652_009 + rng.IntN(784_000_000)
		for _, film := range films {
			if film < 0 {
				continue
			}
			stars := 1 + rng.IntN(10)
			sum += float64(stars) / 2
			line = append(strconv.AppendInt(line[:0], int64(user), 10), ',')
			line = append(strconv.AppendInt(line, int64(film+1+film/1000*2550), 10), ',')
			line = append(strconv.AppendFloat(line, float64(stars)/2, 'f', 1, 64), ',')
			at += rng.IntN(60)
			line = append(strconv.AppendInt(line, int64(at), 10), '\n')
			out.Write(line)
		}
		left -= n
	}
	if left != 0 {
		return 0, 0, fmt.Errorf("data: %d ratings are left over; %d are too many for %d×%d", left, ratings,
			users, movies)
	}
	if err := out.Flush(); err != nil {
		return 0, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, 0, err
	}
	return info.Size(), sum, f.Close()
}

func table(names []string, measured map[string][]measurement, versions map[string]string, ratings int,
	size int64) string {
	var out bytes.Buffer
	fmt.Fprintf(&out, `# Reading ratings from a file

Written by `+"`make bench-data`"+`; do not edit. The file has the form of MovieLens-25M's
ratings.csv: %d lines of user, film, rating and time, made up from a seed, %.0f MB. Each reader runs
in a process of its own, on one thread, in turns; medians of %d. Times are CPU times of reading, the
file being in the page cache; memory is the largest resident size of the process. Processor: %s.

| | s | range | MB/s | GB of memory | version |
|---|---|---|---|---|---|
`, ratings, float64(size)/1e6, rounds, peer.Processor())
	for _, name := range names {
		var seconds, memory []float64
		for _, m := range measured[name] {
			seconds, memory = append(seconds, m.seconds), append(memory, float64(m.bytes))
		}
		s := peer.Median(seconds)
		fmt.Fprintf(&out, "| %s | %.1f | %.1f–%.1f | %.0f | %.2f | %s |\n", name, s, slices.Min(seconds),
			slices.Max(seconds), float64(size)/1e6/s, peer.Median(memory)/1e9, versions[name])
	}
	out.WriteString(`
data.Load finds the form of the file, checks every line, and returns the matrix in compressed rows
with the names of users and films. pandas.read_csv and polars.read_csv return the columns of the
file; the second line of pandas makes the same matrix. encoding/csv alone splits the lines into
strings.
`)
	return out.String()
}
