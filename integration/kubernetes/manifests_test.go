// Package kubernetes has the manifests that we ship read by Kubernetes' own code.
package kubernetes

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	strict "sigs.k8s.io/yaml"
)

const folder = "../../docs/kubernetes"

// kustomization is what ours says; kustomize itself wants a newer Go.
type kustomization struct {
	APIVersion, Kind, Namespace string
	Resources                   []string
}

// manifests are all objects in the files that the kustomization names, decoded
// strictly: a key that is unknown or there twice is an error.
func manifests(t *testing.T) (objects []runtime.Object) {
	t.Helper()
	var k kustomization
	if err := strict.UnmarshalStrict(read(t, "kustomization.yaml"), &k); err != nil {
		t.Fatal(err)
	}
	for _, file := range k.Resources {
		objects = append(objects, decode(t, file)...)
	}
	found, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(found) != len(k.Resources)+1 {
		t.Errorf("there are the files %q, %v, the kustomization names %q", found, err, k.Resources)
	}
	return objects
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func decode(t *testing.T, file string) (objects []runtime.Object) {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, appsv1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(read(t, file))))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatal(err)
		}
		object, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		objects = append(objects, object)
	}
}

// only is the one object of its kind that is called availproxy.
func only[T runtime.Object](t *testing.T, name string, named func(T) string) T {
	t.Helper()
	var found []T
	for _, object := range manifests(t) {
		if o, ok := object.(T); ok && named(o) == name {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		t.Fatalf("there are %d", len(found))
	}
	return found[0]
}

func deployment(t *testing.T) *appsv1.Deployment {
	return only(t, "availproxy", func(d *appsv1.Deployment) string { return d.Name })
}

func TestEveryObjectIsOneOfKubernetes(t *testing.T) {
	kinds := map[string]int{}
	for _, object := range manifests(t) {
		kinds[object.GetObjectKind().GroupVersionKind().Kind]++
	}
	want := map[string]int{"Namespace": 1, "ConfigMap": 1, "ServiceAccount": 1, "Deployment": 1, "Service": 2, "NetworkPolicy": 1, "PodDisruptionBudget": 1}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestThePodMayDoLittle asks the admission of Kubernetes for the level that our
// namespace enforces.
func TestThePodMayDoLittle(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	pod := deployment(t).Spec.Template
	results := evaluator.EvaluatePod(api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}, &pod.ObjectMeta, &pod.Spec)
	if len(results) == 0 {
		t.Fatal("nothing was looked at")
	}
	for _, r := range results {
		if !r.Allowed {
			t.Errorf("%s: %s", r.ForbiddenReason, r.ForbiddenDetail)
		}
	}
	for _, object := range manifests(t) {
		if n, ok := object.(*corev1.Namespace); ok && n.Labels[api.EnforceLevelLabel] != string(api.LevelRestricted) {
			t.Errorf("the namespace enforces %q", n.Labels[api.EnforceLevelLabel])
		}
	}
}

// TestNothingIsKilledBeforeItHasFinished adds up what the end takes.
func TestNothingIsKilledBeforeItHasFinished(t *testing.T) {
	spec := deployment(t).Spec.Template.Spec
	c := spec.Containers[0]
	at := slices.Index(c.Args, "--lame-duck")
	if at < 0 {
		t.Fatalf("no lame duck in %q", c.Args)
	}
	lame, err := time.ParseDuration(c.Args[at+1])
	if err != nil {
		t.Fatal(err)
	}
	const answer, abandon, rest = 8 * time.Second, 20 * time.Second, 20 * time.Second // the defaults of timeouts, then snapshot and telemetry
	needed := time.Duration(c.Lifecycle.PreStop.Sleep.Seconds)*time.Second + lame + answer + abandon + rest
	if given := time.Duration(*spec.TerminationGracePeriodSeconds) * time.Second; given < needed {
		t.Errorf("it is killed after %s and needs %s", given, needed)
	}
	noticed := time.Duration(c.ReadinessProbe.PeriodSeconds*c.ReadinessProbe.FailureThreshold+c.ReadinessProbe.TimeoutSeconds) * time.Second
	if noticed > lame {
		t.Errorf("a lame duck of %s is over before %s, when everybody has noticed", lame, noticed)
	}
}

// TestTheObjectsKnowEachOther follows the names from one to the other.
func TestTheObjectsKnowEachOther(t *testing.T) {
	d := deployment(t)
	labels := d.Spec.Template.Labels
	ports := map[string]bool{}
	for _, p := range d.Spec.Template.Spec.Containers[0].Ports {
		ports[p.Name] = true
	}
	c := d.Spec.Template.Spec.Containers[0]
	probed := []string{c.LivenessProbe.HTTPGet.Port.StrVal, c.ReadinessProbe.HTTPGet.Port.StrVal, c.StartupProbe.HTTPGet.Port.StrVal}
	for _, object := range manifests(t) {
		switch o := object.(type) {
		case *corev1.Service:
			covers(t, "Service", o.Spec.Selector, labels)
			for _, p := range o.Spec.Ports {
				probed = append(probed, p.TargetPort.StrVal)
			}
		case *networkingv1.NetworkPolicy:
			covers(t, "NetworkPolicy", o.Spec.PodSelector.MatchLabels, labels)
			for _, rule := range o.Spec.Ingress {
				for _, p := range rule.Ports {
					probed = append(probed, p.Port.StrVal)
				}
			}
		case *policyv1.PodDisruptionBudget:
			covers(t, "PodDisruptionBudget", o.Spec.Selector.MatchLabels, labels)
			if int32(o.Spec.MinAvailable.IntValue()) >= *d.Spec.Replicas {
				t.Error("no node could ever be drained")
			}
		}
	}
	covers(t, "Deployment", d.Spec.Selector.MatchLabels, labels)
	for _, name := range probed {
		if !ports[name] {
			t.Errorf("there is no port %q", name)
		}
	}
}

func covers(t *testing.T, kind string, selector, labels map[string]string) {
	t.Helper()
	if len(selector) == 0 {
		t.Errorf("%s selects everything", kind)
	}
	for _, key := range slices.Sorted(maps.Keys(selector)) {
		if labels[key] != selector[key] {
			t.Errorf("%s selects %s=%s, the pods have %q", kind, key, selector[key], labels[key])
		}
	}
}

// TestTheConfigurationNamesWhatIsMounted compares the paths in the ConfigMap with
// the files of the volume.
func TestTheConfigurationNamesWhatIsMounted(t *testing.T) {
	config := only(t, "availproxy", func(c *corev1.ConfigMap) string { return c.Name }).Data["config.yaml"]
	mounted := map[string]bool{}
	spec := deployment(t).Spec.Template.Spec
	for _, source := range spec.Volumes[0].Projected.Sources {
		if source.Secret == nil {
			continue
		}
		for _, item := range source.Secret.Items {
			mounted[item.Path] = true
		}
	}
	if mode := *spec.Volumes[0].Projected.DefaultMode; mode&0o007 != 0 {
		t.Errorf("the keys have mode %o, which availproxy refuses", mode)
	}
	for _, path := range regexp.MustCompile(`(?:tls|secret)/[\w.]+`).FindAllString(config, -1) {
		if !mounted[path] {
			t.Errorf("%s is not mounted", path)
		}
		delete(mounted, path)
	}
	for path := range mounted {
		if !strings.Contains(config, path) {
			t.Errorf("%s is mounted for nothing", path)
		}
	}
}
