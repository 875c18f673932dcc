import Models
import Pipeline
import Testing
import Text

@testable import Admission

@Suite("The memory cap")
struct MemoryCapTests {
    static let mebi: UInt64 = 1 << 20

    @Test(
        "by default three quarters of the smallest limit, at most 512 MiB",
        arguments: [
            (physical: 24 << 30, group: nil, cap: 512 << 20),
            (physical: 512 << 20, group: nil, cap: 384 << 20),
            (physical: 512 << 20, group: 128 << 20, cap: 96 << 20),
            (physical: 64 << 20, group: 4 << 30, cap: 48 << 20),
            (physical: 0, group: 256 << 20, cap: 192 << 20),
            (physical: 0, group: nil, cap: 512 << 20),
            (physical: .max, group: .max, cap: 512 << 20),
        ] as [(physical: UInt64, group: UInt64?, cap: UInt64)])
    func defaults(limits: (physical: UInt64, group: UInt64?, cap: UInt64)) {
        #expect(MemoryCap.byDefault(physical: limits.physical, controlGroup: limits.group) == limits.cap)
    }

    @Test("the smallest cap is enough for one worker and a job")
    func smallest() throws {
        let workers = MemoryCap.defaultWorkers(cap: MemoryCap.smallest, processors: 8)
        #expect(workers == 1)
        let cap = MemoryCap(total: MemoryCap.smallest, workers: workers, spill: 1 << 30)
        #expect(cap.budget == MemoryCap.smallest - MemoryCap.supervisor - MemoryCap.warmWorker)
        let plan = try MemoryPlan(
            header: header(4000, 3000), pipeline: pipeline([.resize(Resize(width: 320, height: 320))]), cap: cap)
        #expect(plan.way == .inMemory)
        #expect(MemoryCap.smallest > 48 << 20 && MemoryCap.smallest <= 64 << 20)
    }

    @Test("half of what is free may be spilled to, and no more than 64 GiB")
    func spill() {
        #expect(MemoryCap.defaultSpill(free: 0) == 0 && MemoryCap.defaultSpill(free: 10 << 30) == 5 << 30)
        #expect(MemoryCap.defaultSpill(free: .max) == 64 << 30)
    }

    @Test("as many workers as processors, each with 40 MiB for its job, and at least one")
    func workers() {
        for total in stride(from: UInt64(0), through: 1024 << 20, by: 7 << 20) {
            for processors in [1, 2, 4, 64] {
                let count = MemoryCap.defaultWorkers(cap: total, processors: processors)
                #expect(count >= 1 && count <= processors)
                let cap = MemoryCap(total: total, workers: count)
                if count > 1 { #expect(cap.budget / UInt64(count) >= 40 << 20) }
                if count < processors, count > 1 || total > 120 << 20 {
                    #expect(MemoryCap(total: total, workers: count + 1).budget < UInt64(count + 1) * 40 << 20)
                }
            }
        }
        #expect(MemoryCap(total: 1 << 30, workers: 0).workers == 1)
    }

    @Test("shares never exceed the whole, and a cap too small leaves no budget rather than a trap")
    func shares() {
        for total: UInt64 in [0, 1, 10 << 20, 19 << 20, 48 << 20, 512 << 20, .max] {
            for workers in [1, 2, 100] {
                let cap = MemoryCap(total: total, workers: workers)
                #expect(cap.budget <= total)
            }
        }
    }

    @Test("models are kept between jobs where that leaves most of the budget, and the engine is counted always")
    func models() {
        let cap = MemoryCap(total: 256 << 20, workers: 2)
        #expect(cap.models == 0)
        let kept = cap.running(models: 20 << 20)
        #expect(kept.models == MemoryCap.engine + (20 << 20))
        #expect(kept.budget == cap.budget - 2 * kept.models)
        #expect(kept.needed(for: 1 << 20) == cap.needed(for: 1 << 20) + 2 * kept.models)
        // Each job opens its own.
        let opened = cap.running(models: 60 << 20)
        #expect(opened.models == MemoryCap.engine)
        #expect(opened.budget == cap.budget - 2 * MemoryCap.engine)
        // However small the cap, and however large the model.
        for total: UInt64 in [0, 48 << 20, .max] {
            for bytes: UInt64 in [0, 1 << 40, .max] {
                let cap = MemoryCap(total: total, workers: 3)
                #expect(cap.running(models: bytes).budget <= cap.budget)
            }
        }
    }

    @Test(
        "a model that no worker has tried is taken for what such networks take, however large its file is",
        arguments: [
            // SqueezeNet, the same with 8 bits, MobileNetV2, MobileNetV3, ResNet50, ConvNeXt, TinyViT, CLIP, CenterFace:
            // MiB, as `sluice check` measures them.
            (4_951_125, 224, 4.0, 5.7), (1_272_024, 224, 9.2, 16), (13_973_290, 224, 9.8, 16),
            (22_100_000, 224, 6.4, 7.7), (102_130_621, 224, 6.2, 8.8), (114_900_000, 224, 24, 33),
            (27_400_000, 224, 15, 16), (352_000_000, 224, 4.6, 7.7), (7_300_000, 640, 0.4, 52),
        ] as [(UInt64, Int, Double, Double)])
    func untried(model: (bytes: UInt64, side: Int, kept: Double, peak: Double)) {
        var description = ModelDescription(file: "model.onnx")
        description.bytes = model.bytes
        description.tile = model.side
        let found = EstimateFigures.untriedModel(description)
        #expect(Double(found.kept) >= model.kept * 1_048_576 && Double(found.peak) >= model.peak * 1_048_576)
        #expect(found.kept <= 32 << 20 && found.peak < (model.side == 224 ? 48 << 20 : 300 << 20))
        description.tile = .max
        #expect(EstimateFigures.untriedModel(description).peak == .max)
    }

    @Test("the cap that a refusal names is enough for the job, and no MiB more than that")
    func needed() {
        for estimate: UInt64 in [0, 1, 1 << 20, 12_345_678, 3 << 30] {
            let cap = MemoryCap(total: 48 << 20, workers: 2)
            let needed = cap.needed(for: estimate)
            #expect(needed % Self.mebi == 0)
            #expect(MemoryCap(total: needed, workers: 2).budget >= estimate)
            #expect(MemoryCap(total: needed - Self.mebi, workers: 2).budget < max(1, estimate))
        }
        #expect(MemoryCap(total: 1, workers: 1).needed(for: .max) > 1 << 63)
    }

    @Test(
        "sizes are shown as people read them",
        arguments: [
            (0, "0.0 MiB"), (1 << 20, "1.0 MiB"), (1_500_000, "1.4 MiB"), (10 << 20, "10 MiB"), (61 << 20, "61 MiB"),
            ((1 << 30) - (1 << 20), "1023 MiB"), (1 << 30, "1.0 GiB"), (3 << 29, "1.5 GiB"),
            (.max, "17179869184.0 GiB"),
        ] as [(UInt64, String)])
    func shown(size: (bytes: UInt64, text: String)) {
        #expect(mebibytes(size.bytes) == size.text)
    }
}
