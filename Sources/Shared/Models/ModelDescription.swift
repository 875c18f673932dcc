package import Schema

/// A neural network and what has to be known to use it: the YAML that lies beside an ONNX file. A pipeline carries the
/// whole of it to the workers.
package struct ModelDescription: Codable, Sendable, Equatable {
    package var description: String?
    /// The ONNX file, absolute; in YAML relative to the description.
    package var file: String
    /// SHA-256 of that file (hex), so that a changed model changes the pipeline's digest.
    package var digest: String = ""
    /// Of that file.
    package var bytes: UInt64 = 0
    /// Files with weights that the ONNX file names.
    package var weights: [NamedFile] = []
    package var input = Input()
    package var outputs = Outputs()
    /// What a picture is described by, for `classifier` and as embedding.
    package var features = Features.network
    /// The linear classifier that goes by those features: a file of `LinearClassifier`.
    package var classifier: NamedFile?
    /// Of a classifier that is words for labels, as a `classify` stage names them; nil: it was trained.
    package var words: Words?
    /// A best score below this one means that the picture fits no label; nil: the stage's threshold says it.
    package var unknown: Double?
    /// By the index of the score; empty if nothing is classified, or if indices are reported.
    package var labels: [String] = []
    /// Of a detector whose boxes are steps away from these.
    package var priors: Priors?
    /// How much boxes may overlap, 0…1; nil: as is usual with its kind of detector.
    package var nms: Double?
    /// How a denoiser gets the noise level; nil if it estimates it itself.
    package var sigma: Sigma?
    /// Pixels: the largest width and height that a denoiser is given at once.
    package var tile: Int = 256
    /// Pixels around each tile that a denoiser sees and that are thrown away: as far as its layers look, or far enough.
    package var overlap: Int = 16

    /// What it takes of a worker, once one has tried; nil before.
    package var memory: Memory?
    /// What a worker has found out about its network; nil before.
    package var graph: Graph?

    package init(file: String) { self.file = file }

    /// Bytes of anonymous memory.
    package struct Memory: Codable, Sendable, Equatable {
        /// Between two runs.
        package var kept: UInt64
        /// At most, while it is loaded and run.
        package var peak: UInt64

        package init(kept: UInt64, peak: UInt64) {
            self.kept = kept
            self.peak = peak
        }
    }

    /// What need not be written, as the file itself says it.
    package struct Graph: Codable, Sendable, Equatable {
        /// Pixels of a fixed input.
        package var width: Int?
        package var height: Int?
        package var layout: Input.Layout
        /// Whether the input takes whole numbers: pixels as they are, where the description says nothing else.
        package var takesWholeNumbers: Bool
        /// Whether a worker keeps the memory of what lies between its layers for the next run.
        package var keepsPages = true
        /// The network as this machine's processor runs it best, made of the ONNX file: an absolute path.
        package var compiled: String?

        package init(width: Int?, height: Int?, layout: Input.Layout, takesWholeNumbers: Bool) {
            self.width = width
            self.height = height
            self.layout = layout
            self.takesWholeNumbers = takesWholeNumbers
        }
    }

    package enum Features: String, Codable, Sendable, CaseIterable {
        /// The network's `embedding`.
        case network
        /// Colours, edges and texture, counted without a network; such a model has no `file`.
        case descriptor
    }

    /// What goes in: a picture.
    package struct Input: Codable, Sendable, Equatable {
        /// How a picture of another shape gets the network's.
        package enum Fit: String, Codable, Sendable, CaseIterable {
            /// A piece of the middle in the network's shape.
            case crop
            /// Stretched.
            case squash
            /// All of it in the middle, with a grey beside it.
            case pad
        }
        package enum Channels: String, Codable, Sendable, CaseIterable {
            case rgb, bgr, grey

            package var count: Int { self == .grey ? 1 : 3 }
        }
        package enum Layout: String, Codable, Sendable, CaseIterable {
            /// Plane by plane.
            case nchw
            /// Pixel by pixel.
            case nhwc
        }

        /// What becomes of a picture's colour profile.
        package enum Profile: String, Codable, Sendable, CaseIterable {
            /// Numbers go to the network as they are stored, as they did when published ones were trained. CMYK is converted.
            case ignore
            /// Colours are converted to sRGB.
            case convert
        }

        /// The graph's; nil where it has only one that could be meant.
        package var name: String?
        /// Pixels; both are set, or neither: then the graph says it, or any size goes.
        package var width: Int?
        package var height: Int?
        package var fit: Fit = .crop
        /// With `crop`: how much of the largest piece is used, 0.1…1.
        package var crop: Double = 1
        /// With `pad`: the grey beside the picture, 0…255; nil: black.
        package var pad: Int?
        package var channels: Channels = .rgb
        package var profile: Profile = .ignore
        /// Nil: as the graph has it.
        package var layout: Layout?
        /// Of values from 0 to 255, the network gets (value − mean) / divide. One number, or one for each channel in the
        /// network's order.
        package var mean: [Double] = [0]
        /// Nil: 255, or 1 where the network takes whole numbers.
        package var divide: [Double]?

        package init() {}

        package func mean(of channel: Int) -> Double { mean.count > 1 ? mean[channel] : mean.first ?? 0 }
    }

    /// What comes out: the names of the graph's outputs, "" where it has one only. At least one is set.
    package struct Outputs: Codable, Sendable, Equatable {
        /// A score for each label, of any size; `probabilities` where they add up to 1.
        package var logits: String?
        package var probabilities: String?
        /// Numbers that describe the picture.
        package var embedding: String?
        /// Boxes of things that were found, and a score for each.
        package var boxes: String?
        package var scores: String?
        /// The same from a network of a known kind.
        package var detector: Detector?
        /// The picture without its noise, or the noise itself.
        package var clean: String?
        package var residual: String?

        package init() {}
    }

    package struct Sigma: Codable, Sendable, Equatable {
        package enum Form: String, Codable, Sendable, CaseIterable {
            /// One number.
            case scalar
            /// That number for every pixel: a plane as large as the tile.
            case map
        }
        /// The graph's input.
        package var name: String
        package var form: Form = .scalar
        /// The network gets sigma, in steps of 8 bits, divided by this.
        package var divide: Double = 255

        package init(name: String, form: Form = .scalar, divide: Double = 255) {
            self.name = name
            self.form = form
            self.divide = divide
        }
    }

    /// Pixels of its input; nil where it takes any size, or where nobody has looked.
    package var inputSize: (width: Int, height: Int)? {
        guard let width = input.width ?? graph?.width, let height = input.height ?? graph?.height else { return nil }
        return (width, height)
    }

    package var layout: Input.Layout { input.layout ?? graph?.layout ?? .nchw }

    package func divide(of channel: Int) -> Double {
        guard let divide = input.divide else { return graph?.takesWholeNumbers == true ? 1 : 255 }
        return divide.count > 1 ? divide[channel] : divide.first ?? 255
    }

    /// The files of its network: the ONNX file, then those with weights.
    package var networkPaths: [String] { hasNetwork ? [file] + weights.map(\.path) : [] }

    /// The file of its classifier, where it is not built in.
    package var classifierPath: String? { classifier.flatMap { $0.path.isEmpty ? nil : $0.path } }

    /// The files that have to be opened for it, in this order: the network's, the classifier's.
    package var filePaths: [String] { networkPaths + [classifierPath].compactMap(\.self) }

    /// What messages call it: the file that the results are of.
    package var shownName: String { classifier.map { $0.path.isEmpty ? "kind" : $0.path } ?? file }

    /// Whether a network is needed for it.
    package var hasNetwork: Bool { features == .network }
    package var denoises: Bool { outputs.clean != nil || outputs.residual != nil }
    package var classifies: Bool { outputs.logits != nil || outputs.probabilities != nil || classifier != nil }
    /// Whether the files that it names were looked at.
    package var isKnown: Bool { !digest.isEmpty || classifier != nil }
    package var describes: Bool { outputs.embedding != nil || features == .descriptor }
    package var detects: Bool { outputs.boxes != nil || outputs.detector != nil }

    /// The same wherever it lies: what of it determines results.
    package var withoutPath: ModelDescription {
        var model = self
        // What was found out on this machine.
        (model.memory, model.graph) = (nil, nil)
        guard isKnown else { return model }
        model.file = ""
        for index in weights.indices { model.weights[index].path = "" }
        model.classifier?.path = ""
        model.description = nil
        return model
    }
}
