import ImageHeader
import Jobs
import Pipeline
import Testing

@testable import Admission

@Suite("The choice of plan")
struct MemoryPlanTests {
    private func plan(
        _ header: PictureHeader, _ pipeline: Pipeline = pipeline([.resize(Resize(width: 2048))]), cap: UInt64,
        workers: Int = 1, spill: UInt64 = 64 << 30
    ) throws(MemoryPlan.Shortfall) -> MemoryPlan {
        try MemoryPlan(
            header: header, pipeline: pipeline,
            cap: MemoryCap(total: cap << 20, workers: workers, spill: spill))
    }

    private func progressive(_ width: Int, _ height: Int) -> PictureHeader {
        var header = header(.jpeg, width, height)
        header.isProgressive = true
        header.coefficientsPerPixel = 1.5
        return header
    }

    private func interlaced(_ width: Int, _ height: Int) -> PictureHeader {
        var header = header(.png, width, height)
        header.isInterlaced = true
        return header
    }

    @Test("64 MiB take a gigapixel that streams, to 2048 and 320 pixels", arguments: [PictureFormat.jpeg, .png, .tiff])
    func gigapixel(format: PictureFormat) throws {
        var header = header(format, 32768, 32768)
        if format == .tiff {
            var layout = TIFFLayout()
            layout.rowsPerStrip = 16
            header.tiff = layout
        }
        let two = pipeline(renditions: [
            Rendition(name: "a", stages: [.resize(Resize(width: 2048, height: 2048))], encoder: .jpeg(JPEG())),
            Rendition(name: "b", stages: [.resize(Resize(width: 320, height: 320))], encoder: .jpeg(JPEG())),
        ])
        let plan = try plan(header, two, cap: 64)
        #expect(plan.reservation <= MemoryCap(total: 64 << 20, workers: 1).budget)
    }

    @Test("a small picture is done in memory, with room for an estimate that was wrong")
    func inMemory() throws {
        let plan = try plan(header(.png, 4000, 3000), cap: 192, workers: 2)
        #expect(plan.way == .inMemory && plan.spillsFrom == nil && !plan.restreams)
        #expect(plan.grant.memory == plan.reservation && plan.grant.spill >= 64 << 20)
        #expect(plan.estimate == plan.reservation + MemoryCap.warmWorker)
    }

    @Test("renditions are encoded beside the decoder where both fit")
    func overlapped() throws {
        let webs = ["a", "b"].map {
            Rendition(name: $0, stages: [.resize(Resize(width: 2048))], encoder: .webp(WebP()))
        }
        let plan = try plan(header(.webp, 4000, 3000), pipeline(renditions: webs), cap: 256)
        #expect(!plan.overlaps)
        let wide = try #require(plan.overlapped(within: 512 << 20))
        #expect(wide.overlaps && wide.reservation > plan.reservation && wide.estimate > plan.estimate)
        #expect(wide.grant.memory == wide.reservation + wide.untouched && wide.spill == plan.spill)
        #expect(plan.overlapped(within: wide.reservation - 1) == nil)
        #expect(
            MemoryPlan.lastResort(for: plan, cap: MemoryCap(total: 256 << 20, workers: 1)).overlapped(within: .max)
                == nil)
        #expect(MemoryPlan.nothing.overlapped(within: .max) == nil)
    }

    @Test("what is held whole and does not fit a worker's share is put in another order")
    func restreamed() throws {
        for header in [progressive(8000, 6000), interlaced(8000, 6000)] {
            let shared = try plan(header, cap: 256, workers: 2)
            #expect(shared.way == .restreamed && shared.restreams && shared.spillsFrom == nil)
            #expect(shared.reservation <= MemoryCap(total: 256 << 20, workers: 2).budget / 2)
            #expect(try plan(header, cap: 1024, workers: 2).way == .inMemory)
        }
    }

    @Test("where that is not possible it runs in memory, running alone if necessary")
    func alone() throws {
        // 8.4 bytes a pixel: 96 MiB, over half of the budget.
        let webp = pipeline(renditions: [Rendition(name: "out", encoder: .png(PNG()))])
        let plan = try plan(header(.webp, 4000, 3000), webp, cap: 192, workers: 2)
        let budget = MemoryCap(total: 192 << 20, workers: 2).budget
        #expect(plan.way == .inMemory && plan.reservation > budget / 2 && plan.reservation <= budget)
    }

    @Test(
        "what fits nowhere else is spilled: what must be memory is reserved, the rest may lie in a file",
        arguments: [PictureFormat.webp, .gif, .heif, .avif, .jxl, .raw])
    func spilled(format: PictureFormat) throws {
        let full = pipeline(renditions: [Rendition(name: "out", encoder: .jpeg(JPEG()))])
        let header = header(format, 10000, 10000)
        let plan = try plan(header, full, cap: 64)
        #expect(plan.way == .spilled && !plan.restreams)
        #expect(plan.reservation <= MemoryCap(total: 64 << 20, workers: 1).budget)
        let estimate = Estimate(header: header, pipeline: full)
        #expect(plan.spill > estimate.spillable && plan.spill < estimate.spillable * 3 / 2)
        #expect(try #require(plan.spillsFrom) >= 1 << 20)
        #expect(plan.estimate < estimate.total)
    }

    @Test("400 megapixels, progressive or interlaced, to a web picture under 64 MiB: put in another order, and spilled")
    func large() throws {
        let web = pipeline(
            [.autorotate, .resize(Resize(width: 2560, height: 2560))],
            renditions: [
                Rendition(name: "large", encoder: .webp(WebP())),
                Rendition(name: "small", stages: [.resize(Resize(width: 640))], encoder: .webp(WebP())),
            ])
        for header in [progressive(20000, 20000), interlaced(20000, 20000)] {
            let plan = try plan(header, web, cap: 64)
            #expect(plan.way == .spilled && plan.restreams)
            // The copy and the encoder, not the source.
            #expect(plan.spill < 300 << 20)
        }
    }

    @Test("lines of a picture too wide for the cap are spilled too, alone, rather than refused")
    func squeezed() throws {
        // 400,000 pixels across: its lines alone take twice the cap.
        let cap = MemoryCap(total: 64 << 20, workers: 1, spill: 8 << 30)
        let plan = try MemoryPlan(
            header: header(.png, 400_000, 10_000),
            pipeline: pipeline(
                [.resize(Resize(width: 2000))], renditions: [Rendition(name: "out", encoder: .jpeg(JPEG()))]),
            cap: cap)
        #expect(plan.way == .spilled && plan.reservation == cap.budget)
        #expect(plan.spill >= 60 << 20)
        // Blocks of a few lines stay in memory as far as there is room.
        #expect(try #require(plan.spillsFrom) >= 8 << 20)
    }

    @Test("a refusal names a cap, or a spill limit, that would do")
    func refused() throws {
        let header = header(.webp, 10000, 10000)
        let pipeline = pipeline(renditions: [Rendition(name: "out", encoder: .jpeg(JPEG()))])
        func shortfall(cap: UInt64, spill: UInt64) -> MemoryPlan.Shortfall? {
            do {
                _ = try plan(header, pipeline, cap: cap, spill: spill)
                return nil
            } catch { return error }
        }
        let cap = MemoryCap(total: 64 << 20, workers: 1)
        let none = try #require(shortfall(cap: 64, spill: 0))
        #expect(none.memory == none.whole && none.spill == nil)
        let enough = cap.needed(for: none.whole) >> 20
        #expect(shortfall(cap: enough, spill: 0) == nil && shortfall(cap: enough - 1, spill: 0) != nil)

        let little = try #require(shortfall(cap: 64, spill: 100 << 20))
        let spill = try #require(little.spill)
        #expect(little.memory == nil && little.whole == none.whole)
        #expect(shortfall(cap: 64, spill: spill) == nil && shortfall(cap: 64, spill: spill - 1) != nil)
    }

    @Test("the last resort has everything there is")
    func lastResort() throws {
        let cap = MemoryCap(total: 192 << 20, workers: 2, spill: 1 << 30)
        let usual = try MemoryPlan(header: header(.png, 400, 300), pipeline: pipeline(), cap: cap)
        let last = MemoryPlan.lastResort(for: usual, cap: cap)
        #expect(
            last.reservation == cap.budget && last.spill == cap.spill && last.spillsFrom == MemoryPlan.smallestSpilled)
        let withoutDisk = MemoryPlan.lastResort(for: usual, cap: MemoryCap(total: 192 << 20, workers: 2))
        #expect(withoutDisk.way == .inMemory && withoutDisk.spillsFrom == nil)
    }

    @Test("every plan fits what there is, whatever the picture", arguments: UInt64(1)...40)
    func fits(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let format =
                [PictureFormat.jpeg, .png, .webp, .tiff, .gif, .heif, .avif, .jxl, .raw, .bmp, .pnm].randomElement(
                    using: &random)
                ?? .jpeg
            var header = header(
                format, Int.random(in: 1...40000, using: &random), Int.random(in: 1...40000, using: &random),
                bands: Int.random(in: 1...4, using: &random), depth: Bool.random(using: &random) ? 8 : 16)
            header.isProgressive = Bool.random(using: &random)
            header.isInterlaced = Bool.random(using: &random)
            header.isLossless = Bool.random(using: &random)
            header.hasAlpha = header.bands == 4
            let encoders: [Rendition.Encoder] = [
                .jpeg(JPEG()), .webp(WebP()), .avif(AVIF()), .jxl(JXL()), .heif(HEIF()), .gif(GIF()), .png(PNG()),
                .tiff(TIFF()),
            ]
            let renditions = (0...Int.random(in: 0...2, using: &random)).map { index in
                Rendition(
                    name: "r\(index)",
                    stages: Bool.random(using: &random)
                        ? [] : [.resize(Resize(width: Int.random(in: 1...4000, using: &random)))],
                    encoder: encoders.randomElement(using: &random) ?? .jpeg(JPEG()))
            }
            let cap = MemoryCap(
                total: UInt64.random(in: 56...1024, using: &random) << 20,
                workers: Int.random(in: 1...3, using: &random),
                spill: [0, 1 << 28, 1 << 34].randomElement(using: &random) ?? 0)
            let pipeline = pipeline(renditions: renditions)
            do {
                let plan = try MemoryPlan(header: header, pipeline: pipeline, cap: cap)
                let ledger = MemoryLedger(budget: .init(memory: cap.budget, spill: cap.spill))
                #expect(ledger.request(job: 1, .init(memory: plan.reservation, spill: plan.spill)) != nil)
                #expect(plan.way != .restreamed || plan.restreams)
                #expect((plan.way == .spilled) == (plan.spillsFrom != nil))
            } catch {
                // What it asks for would do: alone in memory, or with that much of both.
                let whole = MemoryCap(
                    total: cap.needed(for: error.whole), workers: cap.workers, spill: cap.spill)
                #expect((try? MemoryPlan(header: header, pipeline: pipeline, cap: whole)) != nil)
                let both = MemoryCap(
                    total: max(cap.total, error.memory.map(cap.needed) ?? 0), workers: cap.workers,
                    spill: max(cap.spill, error.spill ?? 0))
                #expect((try? MemoryPlan(header: header, pipeline: pipeline, cap: both)) != nil, "\(error)")
            }
        }
    }
}
