package import Jobs
package import Pipeline
package import Planning
import Vips

/// A box that a model has found, where it lies in the picture now.
package struct FoundBox {
    /// In parts of the picture's width and height; may go beyond it.
    package var frame: ModelView.Frame
    /// 0…1.
    package var score: Double
}

extension Picture {
    /// From here on a classify stage's boxes are told in parts of this picture.
    package mutating func beginMap(of classify: Classify) {
        var map = PartMap()
        // Boxes are told of the upright picture. The turn back: of all turns only the two quarter ones are each other's.
        if !isTurned { map.turn(by: [6: 8, 8: 6][orientation] ?? orientation) }
        maps[classify.name] = map
    }

    /// What a classify stage has found, as it lies in the picture with all turns done; nil where it has not looked.
    package func boxes(of name: String, _ context: JobContext) -> [FoundBox]? {
        guard let map = maps[name], let boxes = context.classifications.first(where: { $0.name == name })?.boxes else {
            return nil
        }
        return boxes.map { box in
            let part = ModelView.Frame(left: box.left, top: box.top, width: box.width, height: box.height)
            return FoundBox(frame: map.frame(of: part), score: box.score)
        }
    }

    /// Leaves a part of the picture, in pixels of `image`.
    package mutating func cut(to area: PixelRectangle) throws(JobError) {
        let size = image.size
        replace(with: try image.extracted(area))
        moveBoxes { $0.cut(area, of: size) }
    }

    /// To be told of each change to where things lie, in parts of the picture.
    package mutating func moveBoxes(_ change: (inout PartMap) -> Void) {
        for (name, map) in maps {
            var map = map
            change(&map)
            maps[name] = map
        }
    }
}
