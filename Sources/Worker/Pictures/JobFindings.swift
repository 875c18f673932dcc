import CDenoise
package import CNoise
import CTiledNetwork
package import Conditions
import Glibc
package import Jobs
import Text
package import Vips

/// What stages find out while a job runs and others have to know: the next pass over the source, the next frame, the
/// sidecar. All by `stagePlace`.
package struct JobFindings {
    /// The noise of the picture as it comes to a stage.
    fileprivate(set) var noises: [String: sluice_noise] = [:]
    /// What is black and white in the picture as it comes to a stage.
    fileprivate(set) var tones: [String: TonalRange] = [:]
    /// Seconds that a stage has looked at the picture, in a pass of its own.
    fileprivate(set) var looked: [String: Double] = [:]
    /// What models said of the picture.
    fileprivate(set) var classifications: [String: Classification] = [:]
    fileprivate var sigma: Double?
    /// Whether the source has to be opened again, because it was read to be looked at.
    fileprivate(set) var isToBeginAgain = false

    /// For the sidecar.
    fileprivate(set) var details: [String: [String: String]] = [:]
    /// Seconds of work on pixels that were read.
    fileprivate var worked: [String: Double] = [:]
    /// Images that tell about themselves once they were read. They keep their decoders: not longer than needed.
    fileprivate var unread: [(place: String, image: Image, sigma: Double?)] = []
    fileprivate var watched: [WatchedPicture] = []
}

extension JobContext {
    package var noises: [String: sluice_noise] { findings.noises }

    /// What automatic levels have found, of an animation in its first frame.
    package func tones(at place: String) -> TonalRange? { findings.tones[place] }

    package func remember(_ tones: TonalRange, at place: String, seconds: Double) {
        findings.tones[place] = tones
        findings.looked[place, default: 0] += seconds
    }

    package var classifications: [Classification] { Array(findings.classifications.values) }

    package func classification(at place: String) -> Classification? { findings.classifications[place] }

    package func remember(_ classification: Classification, at place: String, seconds: Double) {
        findings.classifications[place] = classification
        findings.looked[place, default: 0] += seconds
    }

    /// A rendition's stage was looked through among the pipeline's own: what a model said goes to the stage's own place,
    /// and all else is forgotten, so that no other rendition takes it for its own.
    package func move(from passed: String, to own: String) {
        if let found = findings.classifications.removeValue(forKey: passed) { findings.classifications[own] = found }
        if let seconds = findings.looked.removeValue(forKey: passed) { findings.looked[own, default: 0] += seconds }
        findings.noises[passed] = nil
        findings.tones[passed] = nil
        findings.details[passed] = nil
        findings.worked[passed] = nil
        forgetDecision(at: passed)
    }

    /// What conditions and routes ask for.
    package func learn(_ facts: inout ConditionFacts) {
        for classification in findings.classifications.values { facts.take(classification) }
        if let sigma = findings.sigma { facts.sigma = .found(sigma) }
    }

    /// Of the noise, as the first condition that asks for it finds the picture.
    package var sigma: Double? {
        get { findings.sigma }
        set { findings.sigma = newValue }
    }

    package func classifyOnceRead(_ picture: WatchedPicture) { findings.watched.append(picture) }

    package func takeWatched() -> [WatchedPicture] {
        defer { findings.watched = [] }
        return findings.watched
    }

    package func remember(_ noise: sluice_noise, at place: String, seconds: Double) {
        findings.noises[place] = noise
        findings.looked[place, default: 0] += seconds
    }

    /// The next frame of an animation has noise of its own: it may begin with a title, or out of the dark.
    package func forgetNoises() { findings.noises = [:] }

    /// An error to throw: it ends this pass over the source. Never shown to users.
    package func beginAgain() -> JobError {
        findings.isToBeginAgain = true
        return JobError(.stageFailed, "the picture was analysed and must be opened again")
    }

    /// Whether the pass that has just failed is to be followed by another one; forgets what it has told.
    package func takeBeginAgain() -> Bool {
        defer {
            findings.isToBeginAgain = false
            findings.details = [:]
            findings.worked = [:]
            findings.unread = []
            findings.watched = []
        }
        return findings.isToBeginAgain
    }

    // MARK: The sidecar

    package func report(_ word: String, as key: String, at place: String) {
        // Of an animation the first frame that is worked on tells.
        if findings.details[place]?[key] == nil { findings.details[place, default: [:]][key] = word }
    }

    /// Of an animation a frame is worked on after all.
    package func retractSkipped(at place: String) {
        if findings.details[place]?.removeValue(forKey: "skipped") != nil {
            findings.details[place]?.removeValue(forKey: "sigma")
        }
    }

    /// What a denoised image has to tell is known once it was read.
    ///
    /// - Parameter sigma: what it was before; nil if what is left of it is unknown.
    package func reportOnceRead(_ image: Image, at place: String, sigma: Double?) {
        findings.unread.append((place, image, sigma))
    }

    /// To be called when all that was made so far was read: into memory, or into a file.
    package func collectFindings() throws(JobError) {
        try classifyWatched()
        for (place, image, sigma) in findings.unread {
            let report = sluice_denoised(image.pointer)
            findings.worked[place, default: 0] += report.seconds + sluice_network_seconds(image.pointer)
            findings.details[place, default: [:]]["seconds"] = threeDecimals(findings.worked[place] ?? 0)
            guard let sigma else { continue }
            // As if all that was removed was noise.
            let left = max(0, sigma * sigma - report.removed * report.removed).squareRoot()
            self.report(shortDecimals(left, most: 2), as: "sigmaAfter", at: place)
        }
        findings.unread = []
    }

    /// A stage's report with what has come to be known of it since.
    package func completed(_ report: StageReport, at place: String) -> StageReport {
        var report = report
        report.seconds += findings.looked[place] ?? 0
        report.classification = findings.classifications[place] ?? report.classification
        report.details.merge(findings.details[place] ?? [:]) { own, _ in own }
        return report
    }
}

private func threeDecimals(_ value: Double) -> String { String((value * 1000).rounded() / 1000) }

package func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
