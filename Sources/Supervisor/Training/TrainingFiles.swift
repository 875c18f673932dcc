import LinuxIO
import Models
import Outbox

/// What a training leaves: first the report, then the classifier and its labels, and last the description, without which
/// nobody uses the rest.
struct TrainingFiles {
    let places: TrainingPlaces
    let options: TrainingRun.Options
    let report: TrainingReport

    func write(classifier: Descriptor) throws {
        let directory = try makeDirectory(places.directory)
        let folder = try makeDirectory(places.path(places.report))
        try put(SidecarFile.encode(report), "report.json", in: folder)
        try put(Array(picture.utf8), "confusion.svg", in: folder)
        try copyDurably(classifier, to: directory, name: Array(places.classifier.utf8), replacing: true)
        try put(Array(report.labels.map { $0.label + "\n" }.joined().utf8), places.labels, in: directory)
        try put(Array(description.utf8), places.description, in: directory)
    }

    private func put(_ bytes: [UInt8], _ name: String, in directory: Directory) throws {
        try writeDurably(bytes, to: directory, name: Array(name.utf8), replacing: true)
    }

    private var picture: String {
        var confusion = Confusion(labels: report.labels.count)
        for (label, row) in report.confusion.enumerated() {
            for (other, count) in row.enumerated() { confusion.add(label, takenFor: other, count) }
        }
        let title = report.judgement.map { "Accuracy \(percent($0.accuracy)) of \($0.pictures) held-out pictures" }
        return ConfusionPicture(
            confusion, names: report.labels.map(\.label), title: title ?? "No picture could be held out"
        ).svg
    }

    private var description: String {
        var backbone = options.backbone.flatMap { $0.hasNetwork ? $0 : nil }
        if let file = backbone?.file { backbone?.file = places.named(file) }
        let judged = report.judgement.map { ", accuracy \(percent($0.accuracy)) by cross-validation" } ?? ""
        return ModelText(
            description: "\(report.labels.count) labels, from \(report.pictures) pictures\(judged)",
            backbone: backbone, classifier: places.classifier, labels: places.labels, unknown: options.minScore
        ).yaml
    }
}
