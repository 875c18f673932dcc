import Testing

@testable import Training

@Suite("What a training says")
struct TrainingReportTests {
    private func tally(_ rows: [(label: Int, probabilities: [Float])], labels: Int) -> TrainingTally {
        var tally = TrainingTally(labels: labels, scores: [0.5, 0.9])
        for (picture, row) in rows.enumerated() { tally.add(picture: picture, label: row.label, row.probabilities) }
        return tally
    }

    @Test("Accuracy, recall, precision, chance and coverage are what they are by hand")
    func figures() throws {
        let tally = tally(
            [(0, [0.95, 0.05]), (0, [0.6, 0.4]), (0, [0.28, 0.72]), (1, [0.2, 0.8])], labels: 2)
        let judgement = try #require(TrainingReport.Judgement(tally))
        #expect(judgement.pictures == 4 && judgement.accuracy == 0.75 && judgement.chance == 0.75)
        #expect(judgement.accuracyFrom < 0.35 && judgement.accuracyTo > 0.95)
        #expect(tally.confusion.recall(of: 0) == 2.0 / 3 && tally.confusion.precision(of: 1) == 0.5)
        #expect(abs(judgement.macroF1 - (0.8 + 2.0 / 3) / 2) < 1e-9)
        #expect(tally.thresholds.map(\.coverage) == [1, 0.25])
        #expect(tally.thresholds.map(\.accuracy) == [0.75, 1])
        #expect(tally.mistakes.map(\.picture) == [2] && tally.mistakes[0].takenFor == 1)
        #expect(abs(tally.mistakes[0].score - 0.72) < 1e-6)
        // Bins by themselves: each off by itself.
        #expect(abs(judgement.calibrationError - (0.05 + 0.4 + 0.72 + 0.2) / 4) < 1e-6)
    }

    @Test("Of any number of mistakes the surest are kept")
    func mistakes() {
        var tally = TrainingTally(labels: 2, scores: [])
        for picture in 0..<5000 {
            tally.add(picture: picture, label: 0, [Float(5000 - picture) / 20_000, 0.8 - Float(picture) / 20_000])
        }
        #expect(tally.mistakeCount == 5000 && tally.mistakes.count == TrainingTally.mostMistakes)
        #expect(tally.mistakes.map(\.picture) == Array(0..<1000))
    }

    @Test("A picture of a confusion matrix names every label, escaped, from 2 labels to 100", arguments: [2, 33, 100])
    func picture(count: Int) {
        let names = (0..<count).map { "<b>&\"\($0)\" ''" + String(repeating: "ö", count: $0) }
        var confusion = Confusion(labels: count)
        for label in names.indices { confusion.add(label, takenFor: (label * 7) % count, label + 1) }
        let svg = ConfusionPicture(confusion, names: names, title: "A & B").svg
        for name in names { #expect(svg.contains(xmlText(name))) }
        #expect(svg.contains("<title id=\"title\">A &amp; B</title>") && !svg.contains("<b>"))
        #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
        for tag in ["g", "text", "title"] {
            let opened = svg.split(separator: "<\(tag)", omittingEmptySubsequences: false).filter {
                $0.first == " " || $0.first == ">"
            }
            #expect(opened.count == svg.split(separator: "</\(tag)>", omittingEmptySubsequences: false).count - 1)
        }
    }

    private func report(labels: Int, perLabel: Int) -> TrainingReport {
        var report = TrainingReport(sluice: "1", directory: "d", model: "m.yaml")
        var tally = TrainingTally(labels: labels, scores: [0.5])
        for label in 0..<labels {
            for picture in 0..<perLabel {
                var row = [Float](repeating: 0, count: labels)
                row[picture == 0 ? (label + 1) % labels : label] = 1
                tally.add(picture: label * perLabel + picture, label: label, row)
            }
        }
        report.labels = (0..<labels).map {
            .init(
                label: "label \($0) with a rather long name", pictures: perLabel,
                precision: tally.confusion.precision(of: $0), recall: tally.confusion.recall(of: $0))
        }
        report.confusion = tally.confusion.counts
        report.judgement = TrainingReport.Judgement(tally)
        report.folds = 5
        return report
    }

    @Test(
        "Where a table does not fit, labels are listed, and no line is longer than the terminal", arguments: [2, 8, 50])
    func text(labels: Int) {
        let text = report(labels: labels, perLabel: 10).text(width: 80)
        #expect(text.contains("predicted →") == (labels < 50))
        #expect(text.contains("90.0 %"))
        let tables = text.split(separator: "\n").filter { !$0.hasPrefix("Accuracy") }
        #expect(tables.allSatisfy { $0.count <= 96 }, "\(text)")
    }

    @Test("What is not known is said: one picture a label, few pictures, no better than chance")
    func notes() {
        var single = TrainingReport(sluice: "1", directory: "d", model: "m.yaml")
        single.labels = ["a", "b"].map { .init(label: $0, pictures: 1) }
        #expect(single.judgedNotes().contains { $0.contains("accuracy is unknown") })
        let few = report(labels: 2, perLabel: 4)
        #expect(few.judgedNotes().contains { $0.contains("no better than") })
        #expect(few.judgedNotes().contains { $0.contains("only 8 pictures") })
        #expect(report(labels: 3, perLabel: 100).judgedNotes().isEmpty)
    }

    @Test(
        "Names that cannot be labels are told from those that can",
        arguments: [
            ("apple", true), ("ein Ä", true), ("unknown", false), (" x", false), ("a\u{7}b", false), ("a\\b", false),
            ("  ", false),
        ])
    func names(name: String, isFine: Bool) {
        #expect((LabelName.fault(Array(name.utf8)) == nil) == isFine)
        #expect(LabelName.fault([0xFF]) != nil)
    }
}
