// Package kubernetestest runs what mcsweep hands to Kubernetes: manifests are read with the types
// of Kubernetes' own client library, which refuse what its schema does not have, and jobs run in a
// simulator of Indexed Jobs.
package kubernetestest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"projectpenalty/mc/sweep/command/internal/slow"
)

// simulate is the environment variable that makes this test binary a kubectl of a simulated
// cluster, in that folder.
const simulate = "KUBERNETESTEST"

func TestMain(m *testing.M) {
	if folder := os.Getenv(simulate); folder != "" {
		if err := kubectl(folder, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// cluster puts a kubectl on the path, and returns its folder and the static program of a sweep of
// 200 cells.
func cluster(t *testing.T) (folder, program string) {
	t.Helper()
	folder, bin := t.TempDir(), t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\n%s='%s' exec '%s' \"$@\"\n", simulate, folder, exe)
	if err := os.WriteFile(filepath.Join(bin, "kubectl"), []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	return folder, slow.Build(t, "..")
}

// The manifest is a Job of Kubernetes' schema, that its rules admit, and says what it was asked to.
func TestManifest(t *testing.T) {
	_, program := cluster(t)
	mount := t.TempDir()
	folder := filepath.Join(mount, "lab: \"a\" {b}") // a name that YAML might misread
	out := slow.Call(t, program, "submit", "slow", "--engine", "kubernetes", "--dry", "--claim", "lab-data",
		"--mount", mount, "--folder", folder,
		"--shards", "7", "--parallel", "3", "--memory", "2GB", "--workers", "2",
		"--namespace", "group", "--image", "registry.example/a:1")
	if !strings.Contains(out, "kubectl create --filename") {
		t.Errorf("no hint in %q", out)
	}
	job, err := read(filepath.Join(folder, "kubernetes", "job.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if job.APIVersion != "batch/v1" || job.Kind != "Job" || job.Namespace != "group" ||
		len(validation.IsDNS1123Label(job.Name)) > 0 {
		t.Errorf("%s %s %s/%s", job.APIVersion, job.Kind, job.Namespace, job.Name)
	}
	// kubernetes/pkg/apis/batch/validation: backoffLimitPerIndex and maxFailedIndexes are of
	// Indexed Jobs, at most completions, and need restartPolicy Never; an Indexed Job's pods are
	// called NAME-INDEX, which must be a label.
	s := job.Spec
	if *s.CompletionMode != batchv1.IndexedCompletion || *s.Completions != 7 || *s.Parallelism != 3 ||
		*s.BackoffLimitPerIndex < 1 || *s.MaxFailedIndexes > 7 ||
		len(validation.IsDNS1123Label(job.Name+"-6")) > 0 {
		t.Errorf("spec %+v", s)
	}
	pod := s.Template.Spec
	if pod.RestartPolicy != corev1.RestartPolicyNever || len(pod.Containers) != 1 || len(pod.Volumes) != 1 {
		t.Fatalf("pod %+v", pod)
	}
	c := pod.Containers[0]
	want := fmt.Sprintf("run slow --folder %s --shards 7 --workers 2", folder)
	if got := strings.Join(c.Command[1:], " "); got != want ||
		filepath.Dir(c.Command[0]) != filepath.Join(folder, "bin") || c.WorkingDir != folder ||
		c.Image != "registry.example/a:1" {
		t.Errorf("command %q in %s of %s, want %s", c.Command, c.WorkingDir, c.Image, want)
	}
	if info, err := os.Stat(c.Command[0]); err != nil || info.Mode()&0o111 == 0 {
		t.Errorf("the program: %v, %v", info, err)
	}
	if m := c.VolumeMounts; len(m) != 1 || m[0].MountPath != mount || m[0].Name != pod.Volumes[0].Name ||
		pod.Volumes[0].PersistentVolumeClaim.ClaimName != "lab-data" {
		t.Errorf("mounts %+v of %+v", m, pod.Volumes)
	}
	if r := c.Resources; r.Requests.Cpu().Value() != 2 || r.Limits.Memory().Value() < 2e9 ||
		r.Limits.Memory().Value() > 2.01e9 || r.Limits.Memory().Cmp(*r.Requests.Memory()) != 0 {
		t.Errorf("resources %+v", r)
	}
	if uid := os.Getuid(); uid != 0 && (pod.SecurityContext == nil || *pod.SecurityContext.RunAsUser != int64(uid)) {
		t.Errorf("security context %+v", pod.SecurityContext)
	}
}

// Pods of the simulated cluster die and start again, a job is deleted halfway, what is missing is
// submitted, and the results are those of this machine, byte by byte.
func TestIndexedJob(t *testing.T) {
	_, program := cluster(t)
	mount, whole := t.TempDir(), t.TempDir()
	folder := filepath.Join(mount, "slow")
	slow.Call(t, program, "run", "slow", "--folder", whole, "--workers", "4")
	on := []string{"--engine", "kubernetes", "--folder", folder, "--claim", "lab", "--mount", mount, "--parallel",
		"4", "--poll", "100ms"}

	// Half of the cells wait at a gate, a file, until the job is deleted.
	gate := filepath.Join(folder, "gate")
	if err := errors.Join(os.MkdirAll(folder, 0o777), os.WriteFile(gate, nil, 0o666)); err != nil {
		t.Fatal(err)
	}
	submit := func() string { return slow.Call(t, program, append([]string{"submit", "slow"}, on...)...) }
	if out := submit(); !strings.Contains(out, "runs 10 of 10 shards") {
		t.Fatalf("submit says %q", out)
	}
	if out := submit(); !strings.Contains(out, "all that is missing is in jobs that are active") {
		t.Errorf("a second submit says %q", out)
	}
	status := func() string { return slow.Call(t, program, "status", "slow", "--folder", folder) }
	for strings.Contains(status(), " 0 done") {
		time.Sleep(100 * time.Millisecond)
	}
	if out := status(); !strings.Contains(out, "kubernetes: pods ") || !strings.Contains(out, "running") {
		t.Errorf("status says %q", out)
	}
	if out := slow.Call(t, program, "cancel", "slow", "--folder", folder); !strings.Contains(out, "jobs cancelled: 1") {
		t.Errorf("cancel says %q", out)
	}
	if out := status(); !strings.Contains(out, "no job is active") || strings.Contains(out, " 0 missing") {
		t.Errorf("after cancel, status says %q", out)
	}
	if err := os.Remove(gate); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second) // names of jobs have seconds
	out := slow.Call(t, program, append([]string{"run", "slow", "--shards", "10"}, on...)...)
	if !strings.Contains(out, "200 results") {
		t.Errorf("run says %q", out)
	}
	if slow.Results(t, folder) != slow.Results(t, whole) {
		t.Error("the cluster and this machine gather different bytes")
	}
}

// A job of what is missing has pods for the shards that it is missing in, and for no others.
func TestIndexedJobOfSomeShards(t *testing.T) {
	_, program := cluster(t)
	mount, whole := t.TempDir(), t.TempDir()
	folder := filepath.Join(mount, "slow")
	slow.Call(t, program, "run", "slow", "--folder", whole, "--workers", "4")
	for _, shard := range []string{"0", "1", "2", "4", "5", "6", "9"} {
		slow.Call(t, program, "run", "slow", "--folder", folder, "--shards", "10", "--shard", shard, "--workers", "4")
	}
	on := []string{"--engine", "kubernetes", "--folder", folder, "--claim", "lab", "--mount", mount, "--shards", "10",
		"--poll", "100ms"}
	if out := slow.Call(t, program, append([]string{"run", "slow"}, on...)...); !strings.Contains(out, "200 results") {
		t.Errorf("run says %q", out)
	}
	job, err := read(filepath.Join(folder, "kubernetes", "job.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if s := job.Spec; *s.Completions != 3 || *s.Parallelism > 3 || *s.MaxFailedIndexes > 3 {
		t.Errorf("spec %+v", s)
	}
	if slow.Results(t, folder) != slow.Results(t, whole) {
		t.Error("the cluster and this machine gather different bytes")
	}
}
