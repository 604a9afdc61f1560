package data

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"

	"projectpenalty/mc"
)

const (
	pngMagic  = "\x89PNG\r\n\x1a\n"
	jpegMagic = "\xff\xd8\xff"
	// maxImage bounds the file, which is held in memory.
	maxImage = 256 << 20
	// maxPixels bounds the matrix.
	maxPixels = 1 << 26
)

// ReadImage reads a PNG or JPEG image as a matrix of its rows of pixels: grey values from 0, black,
// to 255, white, those of colours being 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601). A pixel that is
// wholly transparent is unknown; other transparency is ignored. Images of 16 bits have fractions of
// a grey value.
func ReadImage(name string, r io.Reader) (*mc.Observations, error) {
	file, err := io.ReadAll(io.LimitReader(r, maxImage+1))
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", name, err)
	}
	if len(file) > maxImage {
		return nil, fmt.Errorf("data: %s: the image is larger than %d MiB", name, maxImage>>20)
	}
	// pixels of one bit, and what deflate can make of a byte
	head, decode, perByte := png.DecodeConfig, png.Decode, 8*1032
	if !bytes.HasPrefix(file, []byte(pngMagic)) {
		// a bit for a block of 8×8 pixels, at least, colours at half the resolution
		head, decode, perByte = jpeg.DecodeConfig, jpeg.Decode, 4*512
	}
	config, err := head(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", name, err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > maxDim || config.Height > maxDim ||
		config.Width*config.Height > len(file)*perByte || config.Width*config.Height > maxPixels {
		return nil, fmt.Errorf("data: %s: the image claims %d×%d pixels, which a file of %d bytes cannot hold",
			name, config.Width, config.Height, len(file))
	}
	picture, err := decode(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", name, err)
	}
	box := picture.Bounds()
	var entries collector
	for i := range box.Dy() {
		for j := range box.Dx() {
			if x, known := grey(picture, box.Min.X+j, box.Min.Y+i); known {
				entries.add(i, j, x, 0)
			}
		}
	}
	if entries.n == 0 {
		return nil, fmt.Errorf("data: %s: every pixel is transparent; at least one entry must be known", name)
	}
	o, _, err := entries.observations(box.Dy(), box.Dx(), nil, nil, 0, 0, Refuse)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", name, err)
	}
	return o, nil
}

// grey is the grey value of a pixel, and whether it is one that can be seen.
func grey(picture image.Image, x, y int) (float64, bool) {
	switch p := picture.(type) {
	case *image.Gray:
		return float64(p.GrayAt(x, y).Y), true
	case *image.Gray16:
		return float64(p.Gray16At(x, y).Y) / 257, true
	}
	r, g, b, a := float64(0), float64(0), float64(0), false
	switch c := picture.At(x, y).(type) {
	case color.NRGBA: // as it is in the file, not multiplied by what can be seen of it
		r, g, b, a = float64(c.R), float64(c.G), float64(c.B), c.A > 0
	default:
		c64 := color.NRGBA64Model.Convert(c).(color.NRGBA64)
		r, g, b, a = float64(c64.R)/257, float64(c64.G)/257, float64(c64.B)/257, c64.A > 0
	}
	if r == g && g == b {
		return r, a
	}
	return 0.299*r + 0.587*g + 0.114*b, a
}
