package gateway

import (
	"io"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/forwardauth"
)

// metrics are what Prometheus is told. docs/gateway.md lists them.
type metrics struct {
	registry  *prometheus.Registry
	decisions *prometheus.CounterVec
	matched   *prometheus.CounterVec
	seconds   prometheus.Histogram
	failures  *prometheus.CounterVec
	reloads   *prometheus.CounterVec
	keys      prometheus.Gauge
	loaded    prometheus.Gauge
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "costrel_gateway_decisions_total", Help: "Requests decided on, by the reason that they passed or not.",
		}, []string{"reason"}),
		matched: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "costrel_gateway_sessions_total", Help: "Sessions that verified, by the key that had signed them: 0 is the current one, 1 the first fallback.",
		}, []string{"key"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "costrel_gateway_decision_seconds", Help: "How long a decision took.",
			Buckets: []float64{1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 1e-3, 1e-2, 1e-1},
		}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "costrel_gateway_upstream_failures_total", Help: "Requests that the application did not answer, by the status that was sent for it.",
		}, []string{"status"}),
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "costrel_gateway_key_reloads_total", Help: "Changes of the keys, by result.",
		}, []string{"result"}),
		keys: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "costrel_gateway_keys", Help: "How many keys are in use.",
		}),
		loaded: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "costrel_gateway_keys_loaded_timestamp_seconds", Help: "When the keys in use were loaded.",
		}),
	}
	m.registry.MustRegister(m.decisions, m.matched, m.seconds, m.failures, m.reloads, m.keys, m.loaded,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	// A counter that is there from the start shows its first increase.
	for _, reason := range []string{"allowed", "public", "not logged in", "forbidden", "bad question", "error"} {
		m.decisions.WithLabelValues(reason)
	}
	for reason := costrel.Absent; reason <= costrel.TooLarge; reason++ {
		m.decisions.WithLabelValues(reason.String())
	}
	m.reloads.WithLabelValues("good")
	m.reloads.WithLabelValues("failed")
	return m
}

func (m *metrics) decided(d forwardauth.Decision) {
	m.decisions.WithLabelValues(d.Reason()).Inc()
	m.seconds.Observe(d.Took.Seconds())
	if key := d.Session.SignedBy(); key >= 0 {
		m.matched.WithLabelValues(strconv.Itoa(key)).Inc()
	}
}

func (m *metrics) upstreamFailed(status int) { m.failures.WithLabelValues(strconv.Itoa(status)).Inc() }

func (m *metrics) reload(result string) { m.reloads.WithLabelValues(result).Inc() }

// admin returns what is served at the address for those who run the gateway.
func (g *gateway) admin() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(g.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if g.ending.Load() {
			http.Error(w, "ending", http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, "ok\n")
	})
	return mux
}
