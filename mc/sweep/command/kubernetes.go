package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"

	"projectpenalty/mc/data"
)

// Kubernetes runs shards as the indexes of an Indexed Job (batch/v1). The claim's volume is mounted in each pod where it
// is mounted here, so that paths are the same.
type kubernetes struct{}

const kubernetesFile = "job.yaml"

var kubernetesManifest = template.Must(template.New("").Funcs(template.FuncMap{"json": toJSON}).Parse(`# Made by mcsweep: {{.Shards}} shards of the sweep {{.Sweep}}. Edit it as your cluster needs, and submit it by
# kubectl create --filename job.yaml
apiVersion: batch/v1
kind: Job
metadata:
  name: {{json .Name}}
  namespace: {{json .Namespace}}
  labels:
    app.kubernetes.io/name: mcsweep
spec:
  completionMode: Indexed
  completions: {{.Shards}}
  parallelism: {{.Parallel}}
  # A shard that dies starts again and goes on; one that keeps dying does not end the others.
  backoffLimitPerIndex: 4
  maxFailedIndexes: {{.Shards}}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: mcsweep
    spec:
      restartPolicy: Never
      {{- if .User}}
      securityContext:
        runAsUser: {{.User}}
        runAsGroup: {{.Group}}
        fsGroup: {{.Group}}
      {{- end}}
      containers:
        - name: shard
          image: {{json .Image}}
          # The shard is read from JOB_COMPLETION_INDEX, which Kubernetes sets.
          command: {{json .Command}}
          workingDir: {{json .Folder}}
          resources:
            requests:
              cpu: "{{.CPUs}}"
              {{- with .Memory}}
              memory: "{{.}}"{{end}}
            limits:
              cpu: "{{.CPUs}}"
              {{- with .Memory}}
              memory: "{{.}}"{{end}}
          volumeMounts:
            - name: results
              mountPath: {{json .Mount}}
      volumes:
        - name: results
          persistentVolumeClaim:
            claimName: {{json .Claim}}
`))

// toJSON quotes for YAML, of which JSON is a part.
func toJSON(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}

// label is a name of RFC 1123, as Kubernetes wants.
var label = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)

func (kubernetes) submit(ctx context.Context, o *options, b batch) (job, hint string, err error) {
	folder, err := filepath.Abs(o.folder)
	if err != nil {
		return "", "", fmt.Errorf("mcsweep: %w", err)
	}
	rest, err := filepath.Rel(o.mount, folder)
	switch {
	case !label.MatchString(o.claim):
		return "", "", fmt.Errorf("mcsweep: --claim is %q; it must be the PersistentVolumeClaim that holds the folder of results", o.claim)
	case !label.MatchString(o.namespace):
		return "", "", fmt.Errorf("mcsweep: --namespace is %q; it must be a name of lower-case letters, digits and dashes", o.namespace)
	case !filepath.IsAbs(o.mount) || err != nil || rest == ".." || strings.HasPrefix(rest, "../"):
		return "", "", fmt.Errorf("mcsweep: --mount is %q; it must be the absolute path above %s at which the volume of the claim is mounted on this machine", o.mount, folder)
	case o.image == "":
		return "", "", fmt.Errorf("mcsweep: --image is empty; it must be an image, such as busybox")
	}
	parallel := b.Shards
	if o.parallel > 0 {
		parallel = min(parallel, o.parallel)
	}
	name := jobName(o.spec.Name, b.At.Format("20060102-150405"))
	values := map[string]any{
		"Name": name, "Namespace": o.namespace, "Sweep": o.spec.Name, "Shards": b.Shards, "Parallel": parallel, "Image": o.image,
		"Command": append([]string{filepath.Join(folder, b.binary)}, o.shardArguments(folder, b.Shards)...), "Folder": folder,
		"CPUs": max(1, o.local.Workers), "Mount": o.mount, "Claim": o.claim, "User": os.Getuid(), "Group": os.Getgid(),
	}
	if o.memory > 0 {
		values["Memory"] = fmt.Sprintf("%dMi", (int64(o.memory)+1<<20-1)>>20)
	}
	manifest := filepath.Join(folder, "kubernetes", kubernetesFile)
	if err := data.Save(manifest, func(w io.Writer) error { return kubernetesManifest.Execute(w, values) }); err != nil {
		return "", "", err
	}
	if o.dry {
		return "", "kubectl create --filename " + quote(manifest), nil
	}
	_, err = tool(ctx, "kubectl", "create", "--filename", manifest)
	return name, "", err
}

// jobName is a name for Kubernetes, of at most 63 characters: pods are called after it with their index.
func jobName(sweep, suffix string) string {
	name := strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(sweep), "-"), "-")
	return strings.Trim(name[:min(len(name), 40)], "-") + "-" + suffix
}

func (kubernetes) active(ctx context.Context, jobs []batch) (map[string][]int, string, error) {
	active, states := map[string][]int{}, map[string]int{}
	for _, b := range jobs {
		text, err := tool(ctx, "kubectl", "get", "job", b.Job, "--namespace", b.Namespace, "--ignore-not-found", "--output", "json")
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
		if _, err := tool(ctx, "kubectl", "delete", "job", b.Job, "--namespace", b.Namespace, "--ignore-not-found"); err != nil {
			return err
		}
	}
	return nil
}
