import Conditions
import Configuration
import FoundationEssentials
import Grading
import HTTP
import Inference
import Jobs
import Models
import Pipeline
import Schema
import WorkerProtocol

extension FuzzTarget {
    static let texts = [
        FuzzTarget("frames", mostBytes: 16 << 10, seeds: ["frames"], frames),
        FuzzTarget("http", mostBytes: 20 << 10, seeds: ["http"], http),
        FuzzTarget("yaml", mostBytes: 8 << 10, seeds: ["yaml", "yml"], yaml),
        FuzzTarget("condition", mostBytes: 2_100, seeds: ["condition"], condition),
        FuzzTarget("safetensors", mostBytes: 8 << 10, seeds: ["safetensors"], safetensors),
        FuzzTarget("cube", mostBytes: 8 << 10, seeds: ["cube"], cube),
    ]

    // MARK: Worker frames

    private static let frames: @Sendable ([UInt8]) throws -> Void = { bytes in
        let pieces = stride(from: 0, to: bytes.count, by: 1 + bytes.count % 97).map { start in
            bytes[start..<min(bytes.count, start + 1 + bytes.count % 97)]
        }
        let (whole, inPieces) = (bodies(of: [bytes[...]]), bodies(of: pieces))
        try require(whole.starts(with: inPieces) || inPieces.starts(with: whole), "pieces make other frames")
        for body in whole {
            if let reply = try? Frame.decode(WorkerReply.self, body: body) { try sendBack(reply) }
            if let request = try? Frame.decode(WorkerRequest.self, body: body) { try sendBack(request) }
        }
    }

    private static func bodies(of pieces: [ArraySlice<UInt8>]) -> [[UInt8]] {
        var buffer = FrameBuffer(longest: Frame.longestReply)
        var bodies: [[UInt8]] = []
        do {
            for piece in pieces {
                buffer.append(piece)
                while let body = try buffer.next() { bodies.append(body) }
            }
        } catch {
            // No frame comes behind one that is too long.
        }
        return bodies
    }

    /// What one side understood, the other would.
    private static func sendBack<Message: Codable>(_ message: Message) throws {
        let frame: [UInt8]
        do {
            frame = try Frame.encode(message)
        } catch FrameError.tooLong {
            return
        }
        _ = try Frame.decode(Message.self, body: frame.dropFirst(Frame.headerLength))
    }

    // MARK: HTTP

    private static let http: @Sendable ([UInt8]) throws -> Void = { bytes in
        var reader = RequestReader()
        let whole = reader.take(bytes)
        var slow = RequestReader()
        var last = RequestReader.Outcome.more
        for byte in bytes { last = slow.take(CollectionOfOne(byte)) }
        try require(whole == last, "byte by byte the answer is another: \(whole), \(last)")
        if case .refused(let refusal) = whole {
            try require((400...599).contains(refusal.status), "a refusal with status \(refusal.status)")
        }
        guard case .request(let request) = whole else { return }
        try require(request.path.hasPrefix("/"), "the path \(request.path)")
        try require(
            !request.path.split(separator: "/").contains { $0 == ".." }, "a path that climbs: \(request.path)")
        for token in [nil, "secret"] {
            let answer = AccessRule(token: token).guarding { _ in .text(200, "in") }(request)
            try require(answer.map { [200, 401, 421].contains($0.status) } ?? false, "no answer, or another")
        }
    }

    // MARK: YAML

    private static let yaml: @Sendable ([UInt8]) throws -> Void = { bytes in
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        let digest = String(repeating: "0", count: 64)
        _ = YAMLKind.guess(yaml: text)
        _ = try? ModelLoader.load(yaml: text, file: "model.yaml", directory: "/nowhere", digest: { _ in digest })
        _ = try? Configuration.load(
            yaml: text, file: "sluice.yaml", directory: "/nowhere", pipelineDirectories: [], digest: { _ in digest })
        guard
            let pipeline = try? PipelineLoader.load(
                yaml: text, file: "fuzz.yaml", name: "fuzz", directory: "/nowhere", digest: { _ in digest })
        else { return }
        // As it goes to a worker.
        let sent = try JSONDecoder().decode(Pipeline.self, from: JSONEncoder().encode(pipeline))
        try require(try sent.canonicalJSON == pipeline.canonicalJSON, "a worker is sent another pipeline")
        _ = pipeline.resolving(facts)
        _ = pipeline.alternatives(ConditionFacts())
    }

    private static let facts: ConditionFacts = {
        var facts = ConditionFacts()
        facts.width = 4_000
        facts.height = 3_000
        facts.pages = 1
        facts.format = .jpeg
        facts.bytes = 3_000_000
        facts.name = "IMG_0001.JPG"
        facts.exif = .found(nil)
        facts.sigma = .found(2.5)
        return facts
    }()

    private static let condition: @Sendable ([UInt8]) throws -> Void = { bytes in
        guard let text = String(validating: bytes, as: UTF8.self), let condition = try? Condition(text: text) else {
            return
        }
        let again = try Condition(text: condition.text)
        try require(again == condition, "'\(condition.text)' became '\(again.text)'")
        for facts in [ConditionFacts(), facts] {
            try require(condition.holds(facts) == again.holds(facts), "it holds for one of two equal conditions")
        }
    }

    // MARK: Lookup tables

    private static let cube: @Sendable ([UInt8]) throws -> Void = { bytes in
        guard let table = try? CubeTable(bytes) else { return }
        try require(
            table.values.count == 3 * CubeTable.count(table.dimensions, table.size), "\(table.values.count) numbers")
        try require(table.values.allSatisfy(\.isFinite), "a number that is none")
        try require(zip(table.low, table.high).allSatisfy { $0 < $1 }, "a domain of nothing")
        let size = "LUT_\(table.dimensions.rawValue)D_SIZE \(table.size)\n"
        let domain = [("MIN", table.low), ("MAX", table.high)].map { name, numbers in
            "DOMAIN_\(name) " + numbers.map { "\($0)" }.joined(separator: " ") + "\n"
        }
        let entries = stride(from: 0, to: table.values.count, by: 3).map { start in
            table.values[start..<start + 3].map { "\($0)" }.joined(separator: " ") + "\n"
        }
        let again = try CubeTable(Array((size + domain.joined() + entries.joined()).utf8))
        try require(again.size == table.size && again.values.count == table.values.count, "another size")
        let isNear = zip(again.values, table.values).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) }
        try require(isNear, "other numbers")
    }

    // MARK: safetensors

    private static let safetensors: @Sendable ([UInt8]) throws -> Void = { bytes in
        if let classifier = try? LinearClassifier(file: bytes) {
            let again = try LinearClassifier(file: classifier.file())
            try require(again.labels == classifier.labels, "another number of labels")
        }
        guard let file = try? bytes.withUnsafeBytes({ try SafeTensors($0) }) else { return }
        let again = try file.bytes().withUnsafeBytes { try SafeTensors($0) }
        try require(again == file, "what was written is read otherwise")
    }
}
