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
        let strip = try source.loader.open(frames: source.facts.frames(input.pipeline.limits))
        var loop = Loop(of: strip)
        let frameHeight = source.facts.height
        let count = strip.height / frameHeight
        loop.delays = loop.delays.map { Array($0.prefix(count)) }
        let still = try strip.removingFields(["page-height", "n-pages", "delay", "loop", "gif-delay", "gif-loop"])
        let coverage = try source.coverage(of: still, frames: count)
        var kept: [String: [Picture]] = [:]

        let looks = (input.pipeline.stages + input.pipeline.renditions.flatMap(\.stages)).contains {
            if case .denoise(let denoise) = $0 { denoise.looksAtPicture } else { false }
        }

        for index in 0..<(looksAlone ? 1 : count) {
            context.forgetNoises()
            let area = PixelRectangle(left: 0, top: index * frameHeight, width: source.facts.width, height: frameHeight)
            var frame = try openPicture(
                try still.extracted(area).covered(by: coverage), format: source.facts.format,
                orientation: source.facts.orientation ?? 1,
                context)
            // Looked at, and denoised then.
            if looks { try frame.hold() }
            try applyBase(to: &frame, reporting: index == 0)
            try frame.applyTurn(context)
            // The strip is read once, in order: a frame must be through before the next one starts.
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
