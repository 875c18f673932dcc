import CPages
package import Jobs
import LinuxIO
import Text

/// A report as HTML, streamed from start to end. Works as one file, without a server and
/// without its script; what names and labels say can be no part of it but text, and may load nothing.
package struct ReportPage {
    let write: (String) throws -> Void

    /// How a report starts, so that one can be recognised before it is replaced.
    package static let mark = "<!doctype html>\n<!-- made by sluice report -->\n"

    package init(write: @escaping (String) throws -> Void) { self.write = write }

    /// How a picture is shown.
    package enum Thumbnail: Sendable {
        /// A `data:` address.
        case embedded(type: String, base64: String)
        /// The rendition itself, by its address.
        case linked(String)
        case none
    }

    // MARK: Its beginning

    /// - Parameter subject: what the report is about: the outbox.
    package func begin(_ summary: ReportSummary, subject: String, made: String) throws {
        let (style, script) = (text(sluice_report_style(), sluice_report_style_bytes), scriptText)
        let policy =
            "default-src 'none'; img-src data: file: 'self'; style-src \(policySource(style)); "
            + "script-src \(policySource(script)); base-uri 'none'; form-action 'none'"
        try write(
            """
            \(Self.mark)<html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="\(policy)">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="referrer" content="no-referrer">
            <title>\(html(title(summary))) · Sluice report</title>
            <link rel="icon" href="data:,">
            <style>\(String(decoding: style, as: UTF8.self))</style>
            </head>
            <body>
            <main>
            <h1>\(html(title(summary)))</h1>
            <p class="lead"><bdi>\(html(subject))</bdi>\(lead(summary))</p>

            """)
        try write(facts(summary))
        try notes(summary)
        try charts(summary)
    }

    private var scriptText: UnsafeRawBufferPointer { text(sluice_report_script(), sluice_report_script_bytes) }

    private func text(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: bytes, count: count)
    }

    private func title(_ summary: ReportSummary) -> String {
        plural(summary.pictures, "picture") + (summary.failed > 0 ? ", \(whole(summary.failed)) failed" : "")
    }

    private func lead(_ summary: ReportSummary) -> String {
        guard let began = summary.began, let ended = summary.ended else { return "" }
        func short(_ time: String) -> String { String(time.prefix(16)).replacing("T", with: " ") }
        let (from, to) = (short(began), short(ended))
        return from == to ? ", on \(from) UTC" : ", from \(from) to \(to) UTC"
    }

    private func facts(_ summary: ReportSummary) -> String {
        var facts: [(String, String)] = [
            (whole(summary.renditions), summary.renditions == 1 ? "rendition" : "renditions"),
            (size(summary.bytesRead), "read"),
        ]
        if summary.renditions > 0 {
            facts.append((size(summary.bytesWritten), "written"))
            if let saved = summary.savedPercent {
                facts.append((percent(abs(saved) / 100), saved < 0 ? "larger than the sources" : "saved"))
            }
        }
        facts.append((duration(summary.busySeconds), "of processing"))
        if let rate = summary.picturesPerSecond { facts.append((decimal(rate), "pictures per second")) }
        facts.append(
            (
                size(summary.peakMemory),
                "peak per worker" + (summary.memoryCap.map { ", under a cap of \(size($0))" } ?? "")
            ))
        if summary.failed > 0 {
            facts.append(("<a href=\"#failed\">\(whole(summary.failed))</a>", "failed, in quarantine"))
        }
        return "<dl class=\"facts\">\n"
            + facts.map { "<div><dt>\($0.1)</dt><dd>\($0.0)</dd></div>\n" }.joined() + "</dl>\n"
    }

    private func notes(_ summary: ReportSummary) throws {
        let pipelines = summary.pipelines.prefix(12).map { "<bdi>\(html($0.name))</bdi>" }.joined(separator: ", ")
        var notes = [
            "\(summary.pipelines.count == 1 ? "Pipeline" : "Pipelines"): \(pipelines)"
                + (summary.pipelines.count > 12 ? " and \(whole(summary.pipelines.count - 12)) more." : "."),
            "Estimates went up to \(size(summary.largestEstimate)); "
                + (summary.underestimated == 0
                    ? "no worker took more than estimated."
                    : "\(plural(summary.underestimated, "job")) took more than estimated."),
        ]
        if summary.spilled > 0 { notes.append("\(plural(summary.spilled, "picture")) were spilled to staging.") }
        if summary.warned > 0 { notes.append("\(plural(summary.warned, "picture")) came with warnings.") }
        if summary.inReplacement > 0 {
            notes.append(
                "Results of \(plural(summary.inReplacement, "picture")) are being replaced right now: left out.")
        }
        if !summary.others.isEmpty {
            let kinds = Dictionary(uniqueKeysWithValues: summary.others.map { ($0.name, $0.count) })
            notes.append("Files that are no pictures: \(html(countedKinds(kinds))).")
        }
        if summary.passedOver > 0 {
            notes.append("\(plural(summary.passedOver, "JSON file")) that are not sidecars were skipped.")
        }
        try write("<p class=\"note\" id=\"notes\">\(notes.joined(separator: " "))</p>\n")
    }

    // MARK: The pictures

    package func beginPictures(_ count: Int) throws {
        guard count > 0 else { return }
        try write(
            """
            <h2>Pictures</h2>
            <div class="tools" role="search" hidden>
            <label>Find<input type="search" id="search" autocomplete="off" spellcheck="false"></label>
            <label>Label<select id="label"><option value="">all</option></select></label>
            <label>Order<select id="order"><option value="path">by path</option><option value="slowest">slowest first</option>\
            <option value="largest">largest first</option><option value="saved">most saved first</option>\
            <option value="least">least saved first</option><option value="newest">newest first</option></select></label>
            <output id="shown" aria-live="polite"></output>
            </div>
            <ul class="sheet">

            """)
    }

    package func picture(_ sidecar: Sidecar, _ thumbnail: Thumbnail) throws {
        let (source, written) = (sidecar.source, sidecar.written)
        let saved = source.bytes > 0 && !sidecar.renditions.isEmpty ? 1 - Double(written) / Double(source.bytes) : 0
        let finished = Int64(seconds(ofTimestamp: sidecar.timing.finished) ?? 0)
        let path = html(source.path)
        let folder = source.path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
            separator: "/")
        var card =
            "<li data-seconds=\"\(number(sidecar.timing.wallSeconds))\" data-bytes=\"\(source.bytes)\" "
            + "data-saved=\"\(number(saved))\" data-finished=\"\(finished)\">"
        switch thumbnail {
        case .embedded(let type, let base64):
            card += "<div class=\"frame\"><img alt=\"\" decoding=\"async\" src=\"data:\(type);base64,\(base64)\"></div>"
        case .linked(let file):
            card +=
                "<div class=\"frame\"><img alt=\"\" loading=\"lazy\" decoding=\"async\" src=\"\(html(file))\"></div>"
        case .none: card += "<div class=\"frame\"><b>\(html(source.format.rawValue))</b></div>"
        }
        card += "<bdi class=\"name\" dir=\"auto\" title=\"\(path)\">\(html(source.name))</bdi>"
        if !folder.isEmpty { card += "<bdi class=\"folder\" dir=\"auto\">\(html(folder))</bdi>" }
        card +=
            "<span>\(source.width) × \(source.height)\(source.pages > 1 ? ", \(plural(source.pages, "page"))" : "")</span>"
        card +=
            sidecar.renditions.isEmpty
            ? "<span>\(size(source.bytes))</span>"
            : "<span>\(size(source.bytes)) → \(size(written))"
                + (sidecar.renditions.count > 1 ? " in \(sidecar.renditions.count)" : "") + "</span>"
        card += "<span>\(duration(sidecar.timing.wallSeconds)), \(size(sidecar.memory.peak)) peak"
        if sidecar.attempts > 1 { card += ", attempt \(sidecar.attempts)" }
        card += "</span>"
        if !sidecar.warnings.isEmpty {
            card +=
                "<span class=\"warn\" title=\"\(html(cut(sidecar.warnings.joined(separator: "; "), 500)))\">"
                + "\(plural(sidecar.warnings.count, "warning"))</span>"
        }
        card += labels(of: sidecar) + "</li>\n"
        try write(card)
    }

    private func labels(of sidecar: Sidecar) -> String {
        let labels = sidecar.stages.compactMap(\.classification).flatMap { classification in
            classification.labels.isEmpty
                ? classification.label.map { [Classification.Score(label: $0, score: classification.score ?? 0)] } ?? []
                : Array(classification.labels.prefix(3))
        }
        guard !labels.isEmpty else { return "" }
        return "<div class=\"labels\">"
            + labels.prefix(6).map {
                "<bdi data-label=\"\(html(cut($0.label, 200)))\">\(html(cut($0.label, 200))) \(percent($0.score))</bdi>"
            }.joined() + "</div>"
    }

    private func number(_ value: Double) -> String {
        value.isFinite ? "\((max(-1e9, min(1e9, value)) * 1000).rounded() / 1000)" : "0"
    }

    private func cut(_ text: String, _ count: Int) -> String {
        text.unicodeScalars.count > count
            ? String(String.UnicodeScalarView(text.unicodeScalars.prefix(count))) + "…" : text
    }

    package func endPictures(_ count: Int) throws { if count > 0 { try write("</ul>\n") } }

    // MARK: What failed

    package func beginFailures(_ summary: ReportSummary) throws {
        guard summary.failed > 0 else { return }
        try write("<h2 id=\"failed\">Failed</h2>\n<ul class=\"codes\">\n")
        for failure in summary.failures {
            let code = failure.code.rawValue
            let words = code.prefix(1).uppercased() + code.dropFirst().replacing("-", with: " ")
            try write(
                "<li><h3>\(words)<span class=\"count\">\(whole(failure.count))</span><code>\(code)</code></h3>"
                    + "<p>\(html(failure.advice))</p></li>\n")
        }
        try write(
            """
            </ul>
            <details\(summary.failed > 100 ? "" : " open")><summary>All failures</summary>
            <table class="failures"><thead><tr><th scope="col">Source</th><th scope="col">Code</th>\
            <th scope="col">Reason</th><th scope="col">Last seen</th></tr></thead><tbody>

            """)
    }

    package func failure(_ error: ErrorFile) throws {
        let stage = error.stage.map { " (\(html(cut($0, 200))))" } ?? ""
        let attempts = error.attempts > 1 ? " \(error.attempts) attempts." : ""
        try write(
            "<tr><td><bdi dir=\"auto\">\(html(error.source))</bdi></td><td><code>\(error.code.rawValue)</code></td>"
                + "<td><bdi dir=\"auto\">\(html(cut(error.message, 1000)))\(stage)\(attempts)</bdi></td>"
                + "<td>\(html(String(error.lastSeen.prefix(16)).replacing("T", with: " ")))</td></tr>\n")
    }

    package func endFailures(_ summary: ReportSummary) throws {
        if summary.failed > 0 { try write("</tbody></table></details>\n") }
    }

    // MARK: Its end

    package func end(_ summary: ReportSummary, made: String, remarks: [String]) throws {
        let versions = summary.versions.map { html($0.name) }.joined(separator: ", ")
        let more = remarks.map { " \(html($0))" }.joined()
        try write(
            """
            <footer>Made by Sluice \(html(summary.sluice)) on \(html(String(made.prefix(10)))) from the sidecars\
            \(versions.isEmpty ? "" : " written by \(versions)").\(more)</footer>
            </main>
            <script>\(String(decoding: scriptText, as: UTF8.self))</script>
            </body>
            </html>

            """)
    }
}
