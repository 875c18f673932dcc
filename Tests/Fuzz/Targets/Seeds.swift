import FoundationEssentials
import Imaging
import Inference
import Jobs
import Models
import Pipeline
import WorkerProtocol

extension FuzzTarget {
    /// Inputs to start from that only the program itself can make, by the names of their files.
    package func madeSeeds() throws -> [String: [UInt8]] {
        switch name {
        case "frames": try Self.madeFrames()
        case "safetensors": try Self.madeFiles()
        default: [:]
        }
    }

    private static func madeFrames() throws -> [String: [UInt8]] {
        let text = """
            version: 1
            limits: { memory: 200MiB, pixels: 100M, damage: none }
            stages:
              - classify: { name: kind, model: kind }
              - denoise: { when: "kind.label == 'document' and sigma > 3", strength: 1 }
              - crop: { width: 90%, height: 90% }
            renditions:
              web: { resize: { width: 1200, height: 1200 }, format: webp, quality: 80, when: "width > 100" }
              print: { format: tiff, stages: [grayscale, { sharpen: {} }] }
            metadata: { keep: [all], drop: [gps] }
            output: { name: "{stem}-{rendition}.{ext}" }
            """
        let digest = String(repeating: "0", count: 64)
        let pipeline = try? PipelineLoader.load(
            yaml: text, file: "seed.yaml", name: "seed", digest: { _ in digest })
        let grant = MemoryGrant(memory: 100 << 20, spill: 1 << 30, spillsFrom: 1 << 20, models: 8 << 20)
        let job = JobRequest(
            job: 1, sourceName: "a.jpg", sourceSize: 1_000, pipelineDigest: digest, pipeline: pipeline,
            renditions: [.init(rendition: "web", file: "a.web.webp")], knownDigest: digest, grant: grant,
            restreams: true, files: [.init(path: "mark.png"), .init(path: "b.png", failure: "no such file")])
        let cost = JobCost(wallSeconds: 1.5, cpuSeconds: 1.2, peakMemory: 50 << 20)
        var requests: [String: WorkerRequest] = ["job": .job(job)]
        if let pipeline {
            requests["inspect"] = .inspect(
                InspectRequest(sourceName: "a", sourceSize: 9, pipeline: pipeline, restreams: false, grant: grant))
        }
        requests["examine"] = .examine(
            ExamineRequest(model: ModelDescription(file: "model.onnx"), grant: grant))
        requests["train"] = .train(
            TrainRequest(labels: ["a", "b"], features: 16, pictures: 20, words: ["made": "today"], grant: grant))
        var trained = TrainingResult()
        trained.cost = cost
        let replies: [String: WorkerReply] = [
            "unchanged": .unchanged(job: 1), "training": .training(done: 3, of: 10), "trained": .trained(trained),
            "examined": .examined(ModelExamination()),
            "failed": .failed(
                JobFailure(
                    job: 1, error: JobError(.damaged, "cut off"), isEnvironment: false, cost: cost)),
            "inspected": .inspected(
                Inspection(facts: nil, exif: ExifRecord(), warnings: ["w"], plan: ["p"], renditions: [], refusal: nil)),
        ]
        var frames = try requests.mapValues { try Frame.encode($0) }
        for (name, reply) in replies { frames[name] = try Frame.encode(reply) }
        frames["several"] = frames.sorted { $0.key < $1.key }.flatMap(\.value)
        return frames
    }

    private static func madeFiles() throws -> [String: [UInt8]] {
        let classifier = try LinearClassifier(
            weights: [1, 0, 0.5, 0, 1, -0.5], bias: [0, 0.25], normalisation: LinearNormalisation(mean: [0.5, 0.25, 1]))
        let plain = SafeTensors(tensors: [
            "a": .init(shape: [2, 1], values: [1, 2]), "b": .init(shape: [0], values: []),
        ])
        return [
            "classifier": classifier.file(["made": "today"], labels: ["cat", "dog"]), "plain": plain.bytes(),
        ]
    }
}
