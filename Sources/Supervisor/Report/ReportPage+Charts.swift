import CPages
import Jobs
import LinuxIO

extension ReportPage {
    func charts(_ summary: ReportSummary) throws {
        let steps =
            summary.stages.map { ($0, "stage") } + summary.encodings.map { ($0, "rendition") }
        guard !steps.isEmpty || !summary.labels.isEmpty else { return }
        try write("<div class=\"pair\">\n")
        if !steps.isEmpty {
            let most = max(steps.map(\.0.seconds).max() ?? 0, 1e-9)
            try write(
                """
                <section aria-labelledby="time"><h2 id="time">Where the time went</h2>
                <p class="note">Most work happens while renditions are written: a stage's cost shows there, unless it needs \
                the pixels first.</p>
                <table class="bars"><thead><tr><th scope="col">Step</th><th scope="col">Share</th>\
                <th scope="col">Total</th><th scope="col">Mean</th></tr></thead><tbody>

                """)
            for (step, kind) in steps.sorted(by: { $0.0.seconds > $1.0.seconds }).prefix(24) {
                try write(
                    bar(
                        "<bdi>\(html(step.name))</bdi> <span class=\"note\">\(kind)</span>", step.seconds / most,
                        [duration(step.seconds), duration(step.seconds / Double(max(1, step.count)))]))
            }
            try write("</tbody></table></section>\n")
        }
        if let most = summary.labels.map(\.count).max() {
            try write(
                """
                <section aria-labelledby="labels"><h2 id="labels">Labels</h2>
                <p class="note">Labels the models gave the pictures.</p>
                <table class="bars"><thead><tr><th scope="col">Label</th><th scope="col">Share</th>\
                <th scope="col">Pictures</th></tr></thead><tbody>

                """)
            for label in summary.labels.prefix(24) {
                try write(
                    bar("<bdi>\(html(label.name))</bdi>", Double(label.count) / Double(most), [whole(label.count)]))
            }
            let rest = summary.labels.dropFirst(24)
            if !rest.isEmpty {
                try write(
                    "<tr><th scope=\"row\">\(whole(rest.count)) more</th><td class=\"wide\"></td><td>\(whole(rest.reduce(0) { $0 + $1.count }))</td></tr>\n"
                )
            }
            try write("</tbody></table></section>\n")
        }
        try write("</div>\n")
    }

    private func bar(_ name: String, _ share: Double, _ values: [String]) -> String {
        let width = max(0.5, min(100, (share * 1000).rounded() / 10))
        return "<tr><th scope=\"row\">\(name)</th><td class=\"wide\"><svg viewBox=\"0 0 100 10\" "
            + "preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect width=\"\(width)\" height=\"10\"/></svg></td>"
            + values.map { "<td>\($0)</td>" }.joined() + "</tr>\n"
    }
}
