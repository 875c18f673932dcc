import CVips
import Jobs
import Pictures
import Pipeline
import Planning
import Vips

/// How an animation plays.
struct Loop {
    /// Milliseconds a frame.
    var delays: [Int32]?
    /// Times; 0 is for ever.
    var count: Int32?

    init(of image: Image) {
        delays = image.integers("delay")
        count = image.integer("loop").map(Int32.init)
    }

    fileprivate init(of frames: AnimationFrames) { (delays, count) = (frames.delays, frames.plays) }

    /// Frames on top of each other, with the fields that savers take for an animation.
    func join(_ frames: [Image]) throws(JobError) -> Image {
        guard let first = frames.first else { throw JobError(.encodeFailed, "no frames") }
        return try Image.stacked(frames).editingFields { pointer in
            vips_image_set_int(pointer, "page-height", Int32(first.height))
            if let delays { vips_image_set_array_int(pointer, "delay", delays, Int32(delays.count)) }
            if let count { vips_image_set_int(pointer, "loop", count) }
        }
    }
}

extension Job {
    /// All frames in order, once: each goes through the stages and is kept, small, for the renditions that play.
    func makeAnimation() throws(JobError) {
        // Where everything was made by earlier attempts, models look at the first frame all the same.
        let looksAlone = wanted.isEmpty
        if looksAlone, input.pipeline.classifiers.isEmpty { return }
        if (input.pipeline.stages + wanted.flatMap(\.stages)).contains(where: \.blursBoxes) {
            throw JobError(
                .stageFailed,
                "what a model finds in the first frame of an animation may be elsewhere in the others: "
                    + "write still renditions (jpeg, png), or exclude animations (accept)", stage: "blur")
        }
        let frames = try source.animationFrames(input.pipeline.limits)
        let loop = Loop(of: frames)
        var kept: [String: [Picture]] = [:]

        let looks = (input.pipeline.stages + input.pipeline.renditions.flatMap(\.stages)).contains {
            if case .denoise(let denoise) = $0 { denoise.looksAtPicture } else { false }
        }

        for index in 0..<(looksAlone ? 1 : frames.count) {
            context.forgetNoises()
            var frame = try openPicture(
                try frames.next(), format: source.facts.format, orientation: source.facts.orientation ?? 1, context)
            // Looked at, and denoised then.
            if looks { try frame.hold() }
            try applyBase(to: &frame, reporting: index == 0)
            try frame.applyTurn(context)
            // A frame must be through before the next one starts.
            try frame.hold()
            try context.collectFindings()
            if looksAlone { try lookAlone(&frame) }
            for rendition in wanted where index == 0 || rendition.encoder.animates {
                var picture = frame
                try apply(rendition.stages, to: &picture, rendition: rendition.name, reporting: index == 0)
                try picture.applyTurn(context)
                picture.image = try picture.image.copiedToMemory()
                try context.collectFindings()
                kept[rendition.name, default: []].append(picture)
            }
        }
        for rendition in wanted {
            try write(kept.removeValue(forKey: rendition.name) ?? [], rendition, loop: loop)
        }
    }
}
