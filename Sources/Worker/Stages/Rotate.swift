import Glibc
package import Jobs
package import Pictures
import Pipeline
package import Planning
import Vips

extension Rotate: PictureStage {
    /// 0…3 when the angle is a multiple of 90 degrees.
    private var quarterTurns: Int? {
        guard let angle = Int(exactly: angle), angle % 90 == 0 else { return nil }
        return ((angle / 90) % 4 + 4) % 4
    }

    package var commutesWithShrinking: Bool { quarterTurns != nil }

    package func plan(_ picture: inout PlannedPicture) {
        if let quarterTurns {
            picture.size = picture.size.swapped(if: quarterTurns % 2 == 1)
        } else {
            let radians = angle * .pi / 180
            let (cosine, sine) = (abs(cos(radians)), abs(sin(radians)))
            let (width, height) = (Double(picture.size.width), Double(picture.size.height))
            picture.size = PixelSize(
                width: Int((width * cosine + height * sine).rounded()),
                height: Int((width * sine + height * cosine).rounded()))
            picture.roundsLikeShrinkOnLoad = false
        }
    }

    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        try picture.applyTurn(context)
        if let quarterTurns {
            guard quarterTurns > 0 else { return [:] }
            try picture.makeRandomAccess()
            picture.image = try picture.image.rotated(quarterTurns: quarterTurns)
            picture.nominal = picture.nominal.swapped(if: quarterTurns % 2 == 1)
            picture.moveBoxes { $0.turn(by: [1: 6, 2: 3, 3: 8][quarterTurns] ?? 1) }
        } else {
            let colour = try picture.prepare(for: background, context)
            try picture.makeRandomAccess()
            let (format, size) = (picture.image.format, picture.image.size)
            let rotated = try picture.image.rotated(degrees: angle, background: colour)
            picture.replace(with: try rotated.cast(to: format))
            picture.moveBoxes { $0.rotate(degrees: angle, from: size, to: rotated.size) }
        }
        return ["size": picture.upright.words]
    }
}
