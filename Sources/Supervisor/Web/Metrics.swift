import HTTP
import Jobs
import Status
import WorkerPool

/// The answer of `/metrics`. Counters run from the supervisor's start; no label can take more than a few dozen values,
/// or as many as there are inboxes.
enum Metrics {
    static func text(_ vitals: Vitals, _ traffic: HTTPTraffic.Counts) -> [UInt8] {
        var text = MetricsText()
        process(vitals, &text)
        jobs(vitals, &text)
        times(vitals.tally, &text)
        memory(vitals, &text)
        workers(vitals.tally, &text)
        inboxes(vitals.status.inboxes, &text)
        held(vitals.status.inboxes, &text)
        http(traffic, &text)
        return text.bytes
    }

    private static func process(_ vitals: Vitals, _ text: inout MetricsText) {
        let health = Health(vitals)
        text.family(
            "sluice_build_info", .gauge, "The running version; always 1.", [([("version", vitals.status.sluice)], 1)])
        text.gauge("sluice_start_time_seconds", "When the supervisor started, in seconds since 1970.", vitals.startedAt)
        text.family(
            "sluice_health_status", .gauge, "1 for the status /health reports, 0 for the others.",
            [Health.Status.ok, .degraded, .stopping].map {
                ([("status", $0.rawValue)], health.status == $0 ? 1 : 0)
            })
        text.gauge(
            "sluice_paused", "1 while no job starts because of the environment (a full disk, say).",
            vitals.status.pause == nil ? 0 : 1)
        text.counter("sluice_pauses_total", "Number of such pauses.", vitals.tally.pauses)
    }

    private static func jobs(_ vitals: Vitals, _ text: inout MetricsText) {
        let (queue, tally) = (vitals.status.queue, vitals.tally)
        text.family(
            "sluice_queue_jobs", .gauge, "Unfinished jobs by state.",
            [
                ([("state", "settling")], Double(queue.settling ?? 0)),
                ([("state", "waiting")], Double(queue.waiting)), ([("state", "running")], Double(queue.running)),
                ([("state", "finishing")], Double(queue.finishing)),
            ])
        text.gauge(
            "sluice_queue_oldest_age_seconds", "Age of the oldest waiting job; 0 if none waits.",
            vitals.oldest.map { max(0, vitals.now - $0) } ?? 0)
        let ends = MetricsTally.End.allCases.filter { $0 != .quarantined }.map { end in
            ([("state", end.rawValue), ("code", "")] as MetricsText.Labels, Double(tally.ends[end] ?? 0))
        }
        // Those at 0 too: a rate needs to see where a counter began.
        let quarantined = ErrorCode.allCases.map { code in
            (
                [("state", "quarantined"), ("code", code.rawValue)] as MetricsText.Labels,
                Double(tally.codes[code] ?? 0)
            )
        }
        text.family(
            "sluice_jobs_total", .counter, "Finished jobs by state, and by error code if quarantined.",
            ends + quarantined)
        text.family(
            "sluice_job_retries_total", .counter, "Failed attempts that were retried, by error code.",
            ErrorCode.allCases.filter { $0.isTransient || tally.retries[$0] != nil }.map {
                ([("code", $0.rawValue)], Double(tally.retries[$0] ?? 0))
            })
        text.counter("sluice_renditions_total", "Published renditions.", tally.renditions)
        text.counter("sluice_source_bytes_total", "Bytes of sources with published results.", tally.bytesRead)
        text.counter("sluice_rendition_bytes_total", "Bytes of published renditions.", tally.bytesWritten)
        if let last = tally.lastSuccess {
            text.gauge(
                "sluice_last_success_timestamp_seconds", "When results were last published, in seconds since 1970.",
                last)
        }
    }

    private static func times(_ tally: MetricsTally, _ text: inout MetricsText) {
        text.histograms(
            "sluice_job_queue_duration_seconds", "Time from a job's entry in the journal to its first attempt.",
            [([], tally.waitSeconds)])
        text.histograms(
            "sluice_job_duration_seconds",
            "Time from an attempt's start to its results in staging, for published jobs.",
            [([], tally.jobSeconds)])
        text.histograms(
            "sluice_stage_duration_seconds",
            "Time per stage. libvips works while renditions are written, unless a stage needs the pixels itself.",
            labelled(tally.stageSeconds, "stage"))
        text.histograms(
            "sluice_rendition_duration_seconds", "Time to make one rendition and write it to staging.",
            labelled(tally.renditionSeconds, "format"))
        text.histograms(
            "sluice_journal_commit_duration_seconds", "Time per journal transaction, including fsync.",
            [([], tally.commitSeconds)])
        text.histograms(
            "sluice_memory_estimate_ratio",
            "Estimated over actual peak memory of a job; below 1 the estimate was too low.",
            [([], tally.estimateRatio)])
    }

    private static func labelled(
        _ histograms: [String: Histogram], _ label: String
    ) -> [(labels: MetricsText.Labels, histogram: Histogram)] {
        histograms.sorted { $0.key < $1.key }.map {
            ([(label, $0.key)], $0.value)
        }
    }

    private static func memory(_ vitals: Vitals, _ text: inout MetricsText) {
        let (memory, tally) = (vitals.status.memory, vitals.tally)
        text.gauge("sluice_memory_cap_bytes", "Memory limit for all processes together.", Double(memory.cap))
        text.gauge(
            "sluice_memory_budget_bytes", "Memory that running jobs may reserve together.", Double(memory.budget))
        text.gauge("sluice_memory_reserved_bytes", "Memory reserved by running jobs.", Double(memory.reserved))
        text.family(
            "sluice_memory_used_bytes", .gauge, "Anonymous memory in use.",
            [
                ([("process", "supervisor")], Double(memory.supervisor)),
                ([("process", "workers")], Double(memory.workers)),
            ])
        text.family(
            "sluice_memory_peak_bytes", .gauge,
            "Peak anonymous memory, sampled twice a second; all: the peak of the sum.",
            [
                ([("process", "supervisor")], Double(tally.supervisorPeak)),
                ([("process", "workers")], Double(tally.workersPeak)), ([("process", "all")], Double(memory.peak)),
            ])
        text.gauge(
            "sluice_spill_limit_bytes", "Limit for memory spilled to files in staging.", Double(memory.spillLimit))
        text.gauge(
            "sluice_spill_reserved_bytes", "Spill space reserved by running jobs.", Double(memory.spillReserved))
    }

    private static func workers(_ tally: MetricsTally, _ text: inout MetricsText) {
        text.gauge("sluice_workers", "Running worker processes.", Double(tally.workers))
        text.counter("sluice_workers_started_total", "Worker processes started.", tally.workersStarted)
        text.family(
            "sluice_worker_deaths_total", .counter, "Workers that died during a job, by cause.",
            Death.Cause.labels.map { ([("cause", $0)], Double(tally.deaths[$0] ?? 0)) })
    }

    private static func inboxes(_ inboxes: [SupervisorStatus.Inbox], _ text: inout MetricsText) {
        let states: [SupervisorStatus.Inbox.State] = [.watched, .polled, .gone]
        text.family(
            "sluice_inbox_state", .gauge, "1 for an inbox's current state, 0 for the others.",
            inboxes.flatMap { inbox in
                states.map { ([("inbox", inbox.name), ("state", $0.rawValue)], inbox.state == $0 ? 1 : 0) }
            })
    }

    private static func held(_ inboxes: [SupervisorStatus.Inbox], _ text: inout MetricsText) {
        text.family(
            "sluice_inbox_held_sources", .gauge, "Sources waiting for their writer or for more data.",
            inboxes.map { ([("inbox", $0.name)], Double($0.held ?? 0)) })
    }

    private static func http(_ traffic: HTTPTraffic.Counts, _ text: inout MetricsText) {
        text.gauge("sluice_http_connections", "Open client connections.", Double(traffic.open))
        text.counter("sluice_http_connections_total", "Accepted client connections.", traffic.accepted)
        text.family(
            "sluice_http_connections_dropped_total", .counter,
            "Connections closed before a complete response, by cause.",
            HTTPTraffic.Drop.allCases.map { ([("cause", $0.rawValue)], Double(traffic.dropped[$0] ?? 0)) })
        text.family(
            "sluice_http_responses_total", .counter, "Responses by status code.",
            traffic.answered.sorted { $0.key < $1.key }.map { ([("code", "\($0.key)")], Double($0.value)) })
        text.counter(
            "sluice_http_accept_failures_total", "Failed accepts, for lack of descriptors or memory.",
            traffic.acceptFaults)
    }
}
