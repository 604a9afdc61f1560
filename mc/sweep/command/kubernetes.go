package command

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"projectpenalty/mc/data"
)

// kubernetes runs shards as the indexes of an Indexed Job (batch/v1). Each pod mounts the volume of
// the claim where it is mounted here, so that paths are the same.
type kubernetes struct{}

const kubernetesFile = "job.yaml"

func (kubernetes) shardVariable() string { return "JOB_COMPLETION_INDEX" }

// shardsVariable names the environment variable that has the shards of a job which does not run all
// of them, in the order of their indexes.
const shardsVariable = "MCSWEEP_SHARDS"

// kubernetesManifest returns the Indexed Job of that name which runs the shards of a batch by a
// command in a folder.
func kubernetesManifest(o *options, b batch, name, folder string, command, environment []string) (string, error) {
	var manifest strings.Builder
	var problem error
	add := func(format string, values ...any) { fmt.Fprintf(&manifest, format+"\n", values...) }
	text := func(v any) string { // JSON, of which YAML is a superset, quotes it
		quoted, err := json.Marshal(v)
		problem = cmp.Or(problem, err)
		return string(quoted)
	}
	parallel := len(b.Submit)
	if o.parallel > 0 {
		parallel = min(parallel, o.parallel)
	}
	cpus := max(1, o.local.Workers)
	memory := func(indent string) {
		if o.memory > 0 {
			add(`%smemory: "%dMi"`, indent, o.memory.mebibytes())
		}
	}
	add("# Made by mcsweep: %d of %d shards of the sweep %s. Edit it as your cluster needs, and submit it by",
		len(b.Submit), b.Shards, o.spec.Name)
	add("# kubectl create --filename job.yaml")
	add("apiVersion: batch/v1")
	add("kind: Job")
	add("metadata:")
	add("  name: %s", text(name))
	add("  namespace: %s", text(o.namespace))
	add("  labels:")
	add("    app.kubernetes.io/name: mcsweep")
	add("spec:")
	add("  completionMode: Indexed")
	add("  completions: %d", len(b.Submit))
	add("  parallelism: %d", parallel)
	add("  # A shard that dies starts again and goes on; one that keeps dying does not end the others.")
	add("  backoffLimitPerIndex: 4")
	add("  maxFailedIndexes: %d", len(b.Submit))
	add("  template:")
	add("    metadata:")
	add("      labels:")
	add("        app.kubernetes.io/name: mcsweep")
	add("    spec:")
	add("      restartPolicy: Never")
	if user := os.Getuid(); user > 0 {
		add("      securityContext:")
		add("        runAsUser: %d", user)
		add("        runAsGroup: %d", os.Getgid())
		add("        fsGroup: %d", os.Getgid())
	}
	add("      containers:")
	add("        - name: shard")
	add("          image: %s", text(o.image))
	add("          # JOB_COMPLETION_INDEX, which Kubernetes sets, is the shard, or its place in %s.", shardsVariable)
	add("          command: %s", text(command))
	add("          workingDir: %s", text(folder))
	if len(environment) > 0 {
		add("          env:")
	}
	for _, variable := range environment {
		name, value, _ := strings.Cut(variable, "=")
		add("            - name: %s", text(name))
		// Kubernetes replaces $(NAME) in a value, and $$ by $.
		add("              value: %s", text(strings.ReplaceAll(value, "$", "$$")))
	}
	add("          resources:")
	add("            requests:")
	add(`              cpu: "%d"`, cpus)
	memory("              ")
	add("            limits:")
	add(`              cpu: "%d"`, cpus)
	memory("              ")
	add("          volumeMounts:")
	add("            - name: results")
	add("              mountPath: %s", text(o.mount))
	add("      volumes:")
	add("        - name: results")
	add("          persistentVolumeClaim:")
	add("            claimName: %s", text(o.claim))
	return manifest.String(), problem
}

// label matches a name of RFC 1123, which Kubernetes asks for.
var label = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)

func (kubernetes) submit(ctx context.Context, o *options, b batch) (job, hint string, err error) {
	folder, err := filepath.Abs(o.folder)
	if err != nil {
		return "", "", fmt.Errorf("mcsweep: %w", err)
	}
	rest, err := filepath.Rel(o.mount, folder)
	switch {
	case !label.MatchString(o.claim):
		return "", "", fmt.Errorf("mcsweep: --claim is %q; it must be the PersistentVolumeClaim that holds "+
			"the folder of results",
			o.claim)
	case !label.MatchString(o.namespace):
		return "", "", fmt.Errorf("mcsweep: --namespace is %q; it must be a name of lower-case letters, "+
			"digits and dashes",
			o.namespace)
	case !filepath.IsAbs(o.mount) || err != nil || rest == ".." || strings.HasPrefix(rest, "../"):
		return "", "", fmt.Errorf("mcsweep: --mount is %q; it must be the absolute path above %s at which "+
			"the volume of the claim is mounted on this machine",
			o.mount, folder)
	case o.image == "":
		return "", "", fmt.Errorf("mcsweep: --image is empty; it must be an image, such as busybox")
	}
	arguments, environment, err := o.shardProgram(folder, b.Shards)
	if err != nil {
		return "", "", err
	}
	if len(b.Submit) < b.Shards {
		environment = append(environment, shardsVariable+"="+strings.Trim(fmt.Sprint(b.Submit), "[]"))
	}
	name := jobName(o.spec.Name, b.At.Format("20060102-150405"))
	program := append([]string{filepath.Join(folder, b.binary)}, arguments...)
	text, err := kubernetesManifest(o, b, name, folder, program, environment)
	if err != nil {
		return "", "", fmt.Errorf("mcsweep: %w", err)
	}
	manifest := filepath.Join(folder, "kubernetes", kubernetesFile)
	if err := data.Save(manifest, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}); err != nil {
		return "", "", err
	}
	if o.dry {
		return "", "kubectl create --filename " + quote(manifest), nil
	}
	_, err = tool(ctx, "kubectl", "create", "--filename", manifest)
	return name, "", err
}

// jobName returns a name for Kubernetes of at most 63 characters, which with an index is the name
// of a pod.
func jobName(sweep, suffix string) string {
	name := strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(sweep), "-"), "-")
	return strings.Trim(name[:min(len(name), 40)], "-") + "-" + suffix
}

func (kubernetes) active(ctx context.Context, jobs []batch) (map[string][]int, string, error) {
	active, states := map[string][]int{}, map[string]int{}
	for _, b := range jobs {
		text, err := tool(ctx, "kubectl", "get", "job", b.Job,
			"--namespace", b.Namespace, "--ignore-not-found", "--output", "json")
		if err != nil {
			return nil, "", err
		}
		if strings.TrimSpace(text) == "" {
			continue // deleted
		}
		var job struct {
			Status struct {
				Active, Succeeded, Failed int
				Conditions                []struct{ Type, Status string }
			}
		}
		if err := json.Unmarshal([]byte(text), &job); err != nil {
			return nil, "", fmt.Errorf("mcsweep: kubectl get job %s: %w", b.Job, err)
		}
		over := false
		for _, c := range job.Status.Conditions {
			over = over || c.Status == "True" && (c.Type == "Complete" || c.Type == "Failed")
		}
		if !over {
			active[b.Job] = nil
			states["running"] += job.Status.Active
			states["done"] += job.Status.Succeeded
			states["died and started again"] += job.Status.Failed
		}
	}
	for s, n := range states {
		if n == 0 && s != "running" {
			delete(states, s)
		}
	}
	return active, words(states, "pods"), nil
}

func (kubernetes) cancel(ctx context.Context, jobs []batch) error {
	for _, b := range jobs {
		_, err := tool(ctx, "kubectl", "delete", "job", b.Job, "--namespace", b.Namespace, "--ignore-not-found")
		if err != nil {
			return err
		}
	}
	return nil
}
