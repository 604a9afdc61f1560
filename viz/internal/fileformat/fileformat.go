// Package fileformat knows how pictures are turned into files of other formats, for what only some
// programs link: package viz/print adds .pdf and .png.
package fileformat

import "sync"

// A Writer turns an SVG, as the charts draw it, into a file's content.
type Writer func(svg string) ([]byte, error)

var (
	lock    sync.RWMutex
	writers = map[string]Writer{}
)

// Add makes w write the files whose names end so, such as ".pdf".
func Add(ending string, w Writer) {
	lock.Lock()
	defer lock.Unlock()
	writers[ending] = w
}

// For returns the writer of files whose names end so, nil if there is none.
func For(ending string) Writer {
	lock.RLock()
	defer lock.RUnlock()
	return writers[ending]
}
