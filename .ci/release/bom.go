package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// component is one of a CycloneDX bill of materials, version 1.6.
type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version,omitempty"`
	PURL       string     `json:"purl,omitempty"`
	Hashes     []hash     `json:"hashes,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

// billOfMaterials lists, as CycloneDX in JSON, the programs and the modules that Go says it
// compiled into any of them.
func billOfMaterials(programs []string, version, date string) ([]byte, error) {
	root := component{Type: "application", Ref: "mcsweep", Name: "mcsweep", Version: version,
		PURL: "pkg:golang/projectpenalty@v" + version}
	var files []component
	modules := map[string]component{}
	for _, program := range programs {
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			return nil, err
		}
		sum, err := digest(program)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(program)
		files = append(files, component{Type: "file", Ref: name, Name: name, Version: version,
			Hashes: []hash{{"SHA-256", sum}}})
		goVersion := strings.TrimPrefix(info.GoVersion, "go")
		modules["std"] = component{Type: "library", Ref: "std", Name: "std", Version: goVersion,
			PURL: "pkg:golang/std@" + goVersion}
		for _, m := range info.Deps {
			if m.Replace != nil {
				return nil, fmt.Errorf("%s is built with %s in the place of %s; a release must not be", name,
					m.Replace.Path, m.Path)
			}
			modules[m.Path] = component{
				Type: "library", Ref: m.Path, Name: m.Path, Version: m.Version, PURL: "pkg:golang/" + m.Path +
					"@" + m.Version,
				Properties: []property{{"go.sum", m.Sum}},
			}
		}
	}
	names := slices.Sorted(maps.Keys(modules))
	components := files
	for _, n := range names {
		components = append(components, modules[n])
	}
	dependencies := []dependency{{root.Ref, names}}
	return json.MarshalIndent(map[string]any{
		"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
		"metadata":     map[string]any{"timestamp": date, "component": root},
		"components":   components,
		"dependencies": dependencies,
	}, "", "  ")
}
