package kubernetestest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// read decodes a manifest, and refuses any field that the schema lacks.
func read(name string) (*batchv1.Job, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	job := new(batchv1.Job)
	return job, yaml.UnmarshalStrict(text, job)
}

// kubectl of the simulated cluster: create, get and delete of a job, as mcsweep calls them; and
// "simulate", which is the cluster's controller.
func kubectl(folder string, args []string) error {
	call, rest := args[0], strings.Join(args[1:], " ")
	state := func(name string) string { return filepath.Join(folder, name+".json") }
	switch {
	case call == "create" && len(args) == 3 && args[1] == "--filename":
		job, err := read(args[2])
		if err != nil {
			return err
		}
		if err := save(state(job.Name), job, os.O_EXCL); err != nil {
			return err
		}
		exe, err := os.Executable()
		if err != nil {
			return err
		}
		controller := exec.Command(exe, "simulate", job.Name)
		controller.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that delete ends it with its pods
		if err := controller.Start(); err != nil {
			return err
		}
		return os.WriteFile(state(job.Name)+".pid", []byte(strconv.Itoa(controller.Process.Pid)), 0o666)
	case call == "get" && args[1] == "job" &&
		strings.HasSuffix(rest, "--namespace default --ignore-not-found --output json"):
		text, err := os.ReadFile(state(args[2]))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		os.Stdout.Write(text)
		return err
	case call == "delete" && args[1] == "job" && strings.HasSuffix(rest, "--namespace default --ignore-not-found"):
		text, err := os.ReadFile(state(args[2]) + ".pid")
		if err != nil {
			return err
		}
		pid, err := strconv.Atoi(string(text))
		if err != nil {
			return err
		}
		syscall.Kill(-pid, syscall.SIGKILL)
		return os.Remove(state(args[2]))
	case call == "simulate":
		return controller(state(args[1]))
	}
	return fmt.Errorf("the simulator does not know kubectl %s %s", call, rest)
}

func save(name string, job *batchv1.Job, how int) error {
	text, err := json.Marshal(job)
	if err != nil {
		return err
	}
	if how == os.O_EXCL {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = f.Write(text)
		return err
	}
	if err := os.WriteFile(name+".tmp", text, 0o666); err != nil {
		return err
	}
	return os.Rename(name+".tmp", name)
}

// controller runs an Indexed Job: at most parallelism pods at once, one for each index, again after
// a failure as often as backoffLimitPerIndex says. The first pod of each third index is evicted
// after a moment.
func controller(state string) error {
	job, err := read(state)
	if err != nil {
		return err
	}
	s, pod := job.Spec, job.Spec.Template.Spec
	room := make(chan struct{}, *s.Parallelism)
	var mu sync.Mutex
	update := func(f func(*batchv1.JobStatus)) {
		mu.Lock()
		defer mu.Unlock()
		f(&job.Status)
		save(state, job, 0)
	}
	failedIndexes := 0
	var all sync.WaitGroup
	for index := range int(*s.Completions) {
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			for try := 0; ; try++ {
				update(func(s *batchv1.JobStatus) { s.Active++ })
				err := run(pod.Containers[0], index, try)
				update(func(s *batchv1.JobStatus) {
					s.Active--
					if err == nil {
						s.Succeeded++
					} else {
						s.Failed++
					}
				})
				if err == nil {
					return
				}
				if try == int(*s.BackoffLimitPerIndex) {
					mu.Lock()
					failedIndexes++
					mu.Unlock()
					return
				}
			}
		})
	}
	all.Wait()
	end := batchv1.JobComplete
	if failedIndexes > 0 {
		end = batchv1.JobFailed
	}
	update(func(s *batchv1.JobStatus) {
		s.Conditions = append(s.Conditions, batchv1.JobCondition{Type: end, Status: corev1.ConditionTrue})
	})
	return nil
}

// run is a pod: its environment is the container's and what Kubernetes adds, nothing of this
// process.
func run(c corev1.Container, index, try int) error {
	cmd := exec.Command(c.Command[0], append(c.Command[1:], c.Args...)...)
	cmd.Dir = c.WorkingDir
	cmd.Env = []string{"JOB_COMPLETION_INDEX=" + strconv.Itoa(index)}
	for _, e := range c.Env {
		cmd.Env = append(cmd.Env, e.Name+"="+e.Value)
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	if index%3 == 0 && try == 0 {
		time.AfterFunc(50*time.Millisecond, func() { cmd.Process.Kill() })
	}
	return cmd.Wait()
}
