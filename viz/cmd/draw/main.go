// Command penalty-draw draws pictures for programs that do not link viz/draw. It is started by
// package viz, never by hand: as a child that answers on its standard output, or, for the cells of
// a notebook, at a socket in the folder of the kernel, with which it ends.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"projectpenalty/viz/draw"
	"projectpenalty/viz/internal/echarts"
)

func main() {
	socket := flag.String("socket", "", "serve at this socket, not on standard input and output")
	while := flag.Int("while", 0, "with -socket: end with the process of this number")
	flag.Parse()
	if err := serve(*socket, *while); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(socket string, while int) error {
	go func() { _ = draw.Warm() }() // an error comes again with the first picture
	if socket == "" {
		return echarts.Serve(struct {
			io.Reader
			io.Writer
		}{os.Stdin, os.Stdout}, draw.SVG)
	}
	return echarts.ServeSocket(socket, while, os.NewFile(3, "ready"), draw.SVG)
}
