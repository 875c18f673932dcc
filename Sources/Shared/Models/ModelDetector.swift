import Schema

extension ModelDescription {
    /// A network that finds things, of one of the kinds whose numbers are known: what has to be made of them to get boxes.
    package struct Detector: Codable, Sendable, Equatable {
        package enum Kind: String, Codable, Sendable, CaseIterable {
            /// One output of 4 + labels numbers a box, in rows or in columns: centre, width and height in pixels of the input,
            /// and a score for each label (YOLOv8, 9, 11, 12).
            case yolo
            /// One output of 5 + labels numbers a box: before the scores stands how sure it is that there is anything at all
            /// (YOLOv5, YOLOv7).
            case yolov5
            /// One output of six numbers a box: corners in pixels, score and label; without doubles (YOLOv10, YOLO26).
            case yolov10
            /// On grids of 8, 16 and 32 pixels: two scores, and steps away from the cell (OpenCV's YuNet).
            case yunet
            /// On a grid of 4 pixels: score, logarithms of sizes, and steps away from the cell.
            case centerface
        }

        package var kind: Kind
        /// The graph's outputs in the order of `Kind.outputs`; "" where it has one only.
        package var names: [String]

        package init(_ kind: Kind, names: [String]? = nil) {
            self.kind = kind
            self.names = names ?? kind.outputs.map(\.usual)
        }
    }

    /// Of two boxes of one label, from which overlap on the better one alone is kept: what both cover, in parts of what
    /// they cover together.
    package var mostOverlap: Double { nms ?? detector?.kind.mostOverlap ?? 0.4 }

    /// What boxes are called; a face detector needs no list for that.
    package var boxLabels: [String] {
        guard detector?.kind.findsFaces == true else { return labels }
        // It has one score alone: none is the background's.
        return [labels.first { $0 != "background" } ?? "face"]
    }

    package var detector: Detector? { outputs.detector }
}

extension ModelDescription.Detector.Kind {
    /// What comes out, and what the file that everyone has calls it.
    package var outputs: [(what: String, usual: String)] {
        switch self {
        case .yolo, .yolov5, .yolov10: [("boxes", "")]
        case .yunet:
            ["cls", "obj", "bbox"].flatMap { part in Self.yunetStrides.map { ("\(part)_\($0)", "\(part)_\($0)") } }
        case .centerface: [("heatmap", "537"), ("scale", "538"), ("offset", "539")]
        }
    }

    /// Pixels.
    package static let yunetStrides = [8, 16, 32]
    package static let centerfaceStride = 4

    /// Pixels that the sides of the input have to be a multiple of.
    package var step: Int { findsFaces ? 32 : 1 }

    package var findsFaces: Bool { self == .yunet || self == .centerface }

    /// Those that their authors use.
    fileprivate var mostOverlap: Double {
        switch self {
        case .yolo, .yolov5: 0.45
        // It has learnt to give each thing one box.
        case .yolov10: 1
        case .yunet, .centerface: 0.3
        }
    }

    var words: String {
        switch self {
        case .yolo: "Boxes of YOLOv8, 9, 11 or 12: four numbers and a score for each label."
        case .yolov5: "Boxes of YOLOv5 or YOLOv7: with one more score, before those of the labels."
        case .yolov10: "Boxes of YOLOv10 or YOLO26: corners, score and label."
        case .yunet: "Faces by OpenCV's YuNet; as a map, its nine outputs: cls, obj and bbox of strides 8, 16 and 32."
        case .centerface: "Faces by CenterFace; as a map, three outputs: heatmap, scale and offset."
        }
    }
}

extension Shape<[String]> {
    /// The names of a detector's outputs: as many as it has.
    static func outputs(of kind: ModelDescription.Detector.Kind) -> Shape {
        let wanted = kind.outputs.map(\.what)
        if wanted.count == 1 { return Shape<String>.output.map { [$0] } }
        return .list(of: .output, called: "a list of \(wanted.count) outputs").refused { names in
            if names.count != wanted.count {
                return "has \(names.count) of \(wanted.count) outputs: \(wanted.joined(separator: ", "))"
            }
            return Set(names).count < names.count ? "names an output twice" : nil
        }
    }
}
