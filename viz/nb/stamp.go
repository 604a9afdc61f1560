package nb

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"projectpenalty/mc"
)

// Stamp is the key, in the metadata of each stored output, of the code that made it, such as
// "0.2.0, sources 81f0c3d2a1b4, amd64 avx512": the version of the toolkit, the digest of its
// sources ([mc.Sources]), and the processor ([mc.Processor]).
const Stamp = "project_penalty"

func stamp() string {
	return fmt.Sprintf("%s, sources %s, %s", mc.Version, mc.Sources(), mc.Processor())
}

// display puts an output into the cell, by the types that it is offered in.
func display(data map[protocol.MIMEType]any) {
	gonbui.SendData(&protocol.DisplayData{Data: data, Metadata: map[string]any{Stamp: stamp()}})
}

func displayHTML(fragment string) {
	display(map[protocol.MIMEType]any{protocol.MIMETextHTML: fragment})
}

// The first cell that uses this package says so before any number of its own.
func init() { compare() }

// compare says, as the first output of a kernel, if the outputs that are stored in the notebook
// were made by another toolkit or on another processor.
func compare() {
	folder, notebook := os.Getenv("GONB_TMP_DIR"), os.Getenv("JPY_SESSION_NAME")
	if !gonbui.IsNotebook || folder == "" || notebook == "" {
		return
	}
	first, err := os.OpenFile(filepath.Join(folder, "penalty-compared"), os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil { // an earlier cell has compared
		return
	}
	first.Close()
	if text := differs(notebook, stamp()); text != "" {
		gonbui.DisplayHTML(`<div style="border-left:4px solid #E69F00;padding:4px 12px">` +
			html.EscapeString(text) + `</div>`)
		gonbui.Sync()
	}
}

// differs returns the first stamp of a stored notebook that is not the one given, in a sentence
// with both; empty if there is none or if the file is no notebook.
func differs(notebook, now string) string {
	file, err := os.ReadFile(notebook)
	if err != nil {
		return ""
	}
	var stored struct {
		Cells []struct {
			Outputs []struct{ Metadata map[string]any }
		}
	}
	if json.Unmarshal(file, &stored) != nil {
		return ""
	}
	for _, c := range stored.Cells {
		for _, o := range c.Outputs {
			was, ok := o.Metadata[Stamp].(string)
			if !ok || was == now {
				continue
			}
			return fmt.Sprintf("The outputs stored in this notebook are of Project Penalty %s. Here runs %s: %s.",
				was, now, consequence(was, now))
		}
	}
	return ""
}

// consequence of a difference between two stamps.
func consequence(was, now string) string {
	a, b := strings.SplitN(was, ", ", 3), strings.SplitN(now, ", ", 3)
	switch {
	case len(a) == 3 && len(b) == 3 && a[0] == b[0] && a[1] == b[1]:
		return "the last digits may differ, as the processor does"
	case len(a) == 3 && len(b) == 3 && a[0] == b[0]:
		return "results may differ, as the sources do"
	}
	return "results may differ, as the version does"
}
