// Svg2png draws the SVG of a figure, from standard input, as a PNG of twice its size, to standard
// output.
//
//	go run ./viz/cmd/svg2png [-colours 64] <figure.svg >figure.png
//
// The fonts are its own, so the result is the same on any machine. Few colours make the file small.
package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log"
	"maps"
	"os"
	"slices"

	"projectpenalty/viz/print"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("svg2png: ")
	colours := flag.Int("colours", 64, "largest number of colours in the PNG, from 2 to 256")
	flag.Parse()
	if err := convert(os.Stdin, os.Stdout, *colours); err != nil {
		log.Fatal(err)
	}
}

func convert(in io.Reader, out io.Writer, colours int) error {
	if colours < 2 || colours > 256 {
		return fmt.Errorf("-colours is %d; it must be from 2 to 256", colours)
	}
	svg, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	drawn, err := print.PNG(string(svg))
	if err != nil {
		return err
	}
	picture, err := png.Decode(bytes.NewReader(drawn))
	if err != nil {
		return err
	}
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	return encoder.Encode(out, reduce(picture, colours))
}

// reduce replaces each colour by the nearest of a palette.
func reduce(picture image.Image, colours int) *image.Paletted {
	bounds, counts := picture.Bounds(), map[color.RGBA]int{}
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA) }
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[at(x, y)]++
		}
	}
	palette := medianCut(counts, colours)
	reduced, index := image.NewPaletted(bounds, palette), map[color.RGBA]uint8{}
	for c := range counts {
		index[c] = uint8(palette.Index(c))
	}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			reduced.SetColorIndex(x, y, index[at(x, y)])
		}
	}
	return reduced
}

// medianCut splits the colours into boxes, each time the widest one at its middle, and takes the
// most frequent colour of each: so white stays white and a line keeps its colour. After Heckbert
// (1982), who splits the fullest box; that loses the rare ends of a scale of colours.
func medianCut(counts map[color.RGBA]int, colours int) color.Palette {
	all := slices.SortedFunc(maps.Keys(counts), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	boxes := [][]color.RGBA{all}
	for len(boxes) < colours {
		widest, width, channel := 0, 0, 0
		for i, box := range boxes {
			if w, c := extent(box); w > width {
				widest, width, channel = i, w, c
			}
		}
		if width == 0 {
			break
		}
		box := boxes[widest]
		slices.SortStableFunc(box,
			func(a, b color.RGBA) int { return cmp.Compare(channels(a)[channel], channels(b)[channel]) })
		middle := (int(channels(box[0])[channel]) + int(channels(box[len(box)-1])[channel]) + 1) / 2
		cut := slices.IndexFunc(box, func(c color.RGBA) bool { return int(channels(c)[channel]) >= middle })
		boxes[widest] = box[:cut]
		boxes = append(boxes, box[cut:])
	}
	var palette color.Palette
	for _, box := range boxes {
		palette = append(palette,
			slices.MaxFunc(box, func(a, b color.RGBA) int { return cmp.Compare(counts[a], counts[b]) }))
	}
	return palette
}

// extent returns the largest range of a channel in a box, and the channel.
func extent(box []color.RGBA) (width, channel int) {
	for k := range 3 {
		lo, hi := 255, 0
		for _, c := range box {
			v := int(channels(c)[k])
			lo, hi = min(lo, v), max(hi, v)
		}
		if hi-lo > width {
			width, channel = hi-lo, k
		}
	}
	return width, channel
}

func channels(c color.RGBA) [3]uint8 { return [3]uint8{c.R, c.G, c.B} }
